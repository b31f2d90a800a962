-- Notes that the scheduler has a promise, unless the promise was given another time meanwhile.
--
-- KEYS  1 cbout
-- ARGV  1 id  2 time that the scheduler has, in ms
-- Result  1 noted; 0 there is another time to be told
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
