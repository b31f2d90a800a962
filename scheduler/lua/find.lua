-- Reads one entry.
--
-- KEYS  1 due  2 held
-- ARGV  1 id
-- Result  {score, "token attempts score it is due by" or ''}, or nil when there is none
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score then return nil end
return {score, redis.call('HGET', KEYS[2], ARGV[1]) or ''}
