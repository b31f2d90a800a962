-- Makes a target a favourite of an agent, if there is room.
--
-- KEYS  1 favourites: zset of "kind id", score = since when (ms by this server's clock)
-- ARGV  1 "kind id"  2 how many favourites there may be
-- Result  1 it is a favourite, now or before; 0 there is no room
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
return 1
