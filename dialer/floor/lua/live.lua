-- Gives a sign of life of a process, or lets it leave.
--
-- KEYS  1 processes
-- ARGV  1 process  2 for how many ms it counts as alive; 0 to leave
-- Result  1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 3600000)
if ARGV[2] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
end
return 1
