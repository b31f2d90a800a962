-- Notes where an agent is and what the agent is doing.
--
-- KEYS  1 agents  2… ready lists of the agent's campaigns
-- ARGV  1 agent  2 process
--       3 1 for one who is ready or in a call, 0 for one who is neither, '' for one who is no longer at that process
--       4 idle since when, in ms; 0 for not
-- Result  1 noted; 0 the agent is at another process, and so not gone
local agent = ARGV[1]
if ARGV[3] == '' then
  local was = redis.call('HGET', KEYS[1], agent)
  if was and string.match(was, '^%S+') ~= ARGV[2] then return 0 end
  redis.call('HDEL', KEYS[1], agent)
else
  redis.call('HSET', KEYS[1], agent, ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
for i = 2, #KEYS do
  if ARGV[3] == '' or ARGV[4] == '0' then
    redis.call('ZREM', KEYS[i], agent)
  else
    redis.call('ZADD', KEYS[i], ARGV[4], agent)
  end
end
return 1
