-- Removes an entry, claimed or not.
--
-- KEYS  1 due  2 held
-- ARGV  1 id
-- Result  1 removed, 0 there was none
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
