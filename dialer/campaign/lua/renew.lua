-- Lets a lease end later, or earlier, than it would.
--
-- KEYS  1 out  2 lease
-- ARGV  1 id  2 token  3 length of the lease from now in ms
-- Result  lease end in ms, or nil when the token does not hold the record
--
-- A lease past its end that no sweep has taken yet is still its holder's.
local held = redis.call('HGET', KEYS[2], ARGV[1])
if not held or string.match(held, '^%d+') ~= ARGV[2] then return nil end
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], till, ARGV[1])
return tostring(till)
