-- Notes that an agent used a target now, and forgets those used longest ago.
--
-- KEYS  1 recents: zset of "kind id", score = used when last (ms by this server's clock)
-- ARGV  1 "kind id"  2 how many are remembered
-- Result  OK
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(tonumber(ARGV[2]) + 1))
return redis.status_reply('OK')
