-- Gives a record back to the list, at the place it was taken from, and notes why.
--
-- KEYS  1 ready  2 out  3 lease  4 hist  5 shun  6 tally
-- ARGV  1 id  2 token  3 ending
--       4 rest of the history entry: a JSON object
--       5 for how many ms the agent is not to get it again, 0 for not at all
--       6… fields of tally to count up by one, once each time they are named
-- Result  1 done, or done before under the same token; 0 the token does not hold the record
local id, token, ending = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('HGET', KEYS[3], id)
local history = redis.call('HGET', KEYS[4], id) or ''
if not held or string.match(held, '^%d+') ~= token then
  local entry = string.format('{"token":%s,"ending":"%s",', token, ending)
  if string.find(history, entry, 1, true) then return 1 end
  return 0
end
local place, agent = string.match(held, '^%d+ (%S+) (.*)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HDEL', KEYS[3], id)
redis.call('ZREM', KEYS[2], id)
redis.call('ZADD', KEYS[1], place, id)
redis.call('HSET', KEYS[4], id, history .. string.format('{"token":%s,"ending":"%s","at":%d,"agent":%s,"rest":%s}\n',
  token, ending, now, cjson.encode(agent), ARGV[4]))
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
if tonumber(ARGV[5]) > 0 then
  redis.call('ZADD', KEYS[5], now + tonumber(ARGV[5]), agent .. '\n' .. id)
end
for i = 6, #ARGV do redis.call('HINCRBY', KEYS[6], ARGV[i], 1) end
return 1
