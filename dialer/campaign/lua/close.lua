-- Ends the handling of a record: it is dialed no more, unless a callback was promised or it is to be dialed again. Record, promise that was being
-- kept and promise that is made change in one step.
--
-- KEYS  1 out  2 lease  3 hist  4 tally  5 num
-- ARGV  1 id  2 token
--       3 rest of the history entry: a JSON object
--       4 the campaign's key prefix
--       5 final state of the promise for which the record was out, and 6 why
--       7 numbers added to the chain, with a space between
--       8 id of the promise that is made, '' for none
--       9 how many fields and values follow for its hash
--       10… those, then
--           in how many ms it is to be dialed again, '' for never; in how many its class is open then, too; class; priority; sort key, '' for none
--           the call's history, as history_add takes it, '' for none
--           the fields of tally to count up by one, once each time they are named
-- Result  1 done, or done before under the same token; 0 the token does not hold the record
local id, token, P = ARGV[1], ARGV[2], ARGV[4]
local held = redis.call('HGET', KEYS[2], id)
local history = redis.call('HGET', KEYS[3], id) or ''
if not held or string.match(held, '^%d+') ~= token then
  if string.find(history, string.format('{"token":%s,"ending":"closed",', token), 1, true) then return 1 end
  return 0
end
local place, agent = string.match(held, '^%d+ (%S+) (.*)$')
local now = redis_ms()
redis.call('HDEL', KEYS[2], id)
redis.call('ZREM', KEYS[1], id)
redis.call('HSET', KEYS[3], id, history .. string.format('{"token":%s,"ending":"closed","at":%d,"agent":%s,"rest":%s}\n',
  token, now, cjson.encode(agent), ARGV[3]))
for number in string.gmatch(ARGV[7], '%S+') do redis.call('HSETNX', KEYS[5], number, id) end
local kept = string.match(place, '^cb:(.*)$')
if kept then
  place = redis.call('HGET', promise_key(P, kept), 'place') or '0'
  promise_end(P, kept, now, ARGV[5], agent, ARGV[6])
end
local fields = tonumber(ARGV[9])
if ARGV[8] ~= '' then
  local f = {}
  for i = 1, fields do f[i] = ARGV[9 + i] end
  f[fields + 1], f[fields + 2] = 'place', place
  promise_new(P, ARGV[8], now, agent, '', f)
end
local next = 10 + fields
if ARGV[next] ~= '' and ARGV[8] == '' then
  local score = filing_score(string.match(place, '^[^@]+'), ARGV[next + 3], ARGV[next + 4])
  filing_put(P, id, now, now + ARGV[next], now + ARGV[next + 1], score, ARGV[next + 2])
end
history_add(P, ARGV[next + 5])
for i = next + 6, #ARGV do redis.call('HINCRBY', KEYS[4], ARGV[i], 1) end
return 1
