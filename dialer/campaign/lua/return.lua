-- Gives a record back, to the place in the list or the queue of callbacks that it was taken from, and notes why.
--
-- KEYS  1 ready  2 out  3 lease  4 hist  5 shun  6 tally
-- ARGV  1 id  2 token  3 ending
--       4 rest of the history entry: a JSON object
--       5 for how many ms the agent is not to get it again, 0 for not at all
--       6 the campaign's key prefix
--       7 reason in words, for the ledger of callbacks
--       8 after how many refusals a callback is a supervisor's
--       9 instead of 5 for a callback
--       10 the call's history, as history_add takes it, '' for none
--       11… fields of tally to count up by one, once each time they are named
-- Result  1 done, or done before under the same token; 0 the token does not hold the record
local id, token, ending, P = ARGV[1], ARGV[2], ARGV[3], ARGV[6]
local held = redis.call('HGET', KEYS[3], id)
local history = redis.call('HGET', KEYS[4], id) or ''
if not held or string.match(held, '^%d+') ~= token then
  local entry = string.format('{"token":%s,"ending":"%s",', token, ending)
  if string.find(history, entry, 1, true) then return 1 end
  return 0
end
local place, agent = string.match(held, '^%d+ (%S+) (.*)$')
local now = redis_ms()
redis.call('HDEL', KEYS[3], id)
redis.call('ZREM', KEYS[2], id)
local promise = string.match(place, '^cb:(.*)$')
if promise then
  promise_back(P, promise, now, ending, agent, ARGV[7], tonumber(ARGV[8]))
else
  filing_back(P, id, place)
end
redis.call('HSET', KEYS[4], id, history .. string.format('{"token":%s,"ending":"%s","at":%d,"agent":%s,"rest":%s}\n',
  token, ending, now, cjson.encode(agent), ARGV[4]))
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
local shun = tonumber(ARGV[5])
if promise then shun = tonumber(ARGV[9]) end
if shun > 0 then redis.call('ZADD', KEYS[5], now + shun, agent .. '\n' .. id) end
history_add(P, ARGV[10])
for i = 11, #ARGV do redis.call('HINCRBY', KEYS[6], ARGV[i], 1) end
return 1
