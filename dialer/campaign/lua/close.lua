-- Ends the handling of a record: it is dialed no more.
--
-- KEYS  1 out  2 lease  3 hist  4 tally
-- ARGV  1 id  2 token
--       3 rest of the history entry: a JSON object
--       4… fields of tally to count up by one, once each time they are named
-- Result  1 done, or done before under the same token; 0 the token does not hold the record
local id, token = ARGV[1], ARGV[2]
local held = redis.call('HGET', KEYS[2], id)
local history = redis.call('HGET', KEYS[3], id) or ''
if not held or string.match(held, '^%d+') ~= token then
  if string.find(history, string.format('{"token":%s,"ending":"closed",', token), 1, true) then return 1 end
  return 0
end
local agent = string.match(held, '^%d+ %S+ (.*)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HDEL', KEYS[2], id)
redis.call('ZREM', KEYS[1], id)
redis.call('HSET', KEYS[3], id, history .. string.format('{"token":%s,"ending":"closed","at":%d,"agent":%s,"rest":%s}\n',
  token, now, cjson.encode(agent), ARGV[3]))
for i = 4, #ARGV do redis.call('HINCRBY', KEYS[4], ARGV[i], 1) end
return 1
