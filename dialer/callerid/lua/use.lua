-- Chooses a caller id and notes that it is used: the first of the offered ones that was not used yet, else the one whose latest use is longest ago.
--
-- KEYS  1 uses of the group
-- ARGV  the offered numbers, in the order of the configuration; one alone is used as it is
-- Result  the number
local best, oldest
for _, number in ipairs(ARGV) do
  local use = tonumber(redis.call('ZSCORE', KEYS[1], number) or '0')
  if not oldest or use < oldest then best, oldest = number, use end
end
local latest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[1], (tonumber(latest[2]) or 0) + 1, best)
return best
