-- Writes what is known of a recording anew, unless it was deleted meanwhile.
--
-- KEYS  1 meta  2 upload
-- ARGV  1 id  2 what is known, JSON  3 "1" if it waits to be uploaded
-- Result  1 written; 0 there is no such recording any more
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] == '1' then
  redis.call('SADD', KEYS[2], ARGV[1])
else
  redis.call('SREM', KEYS[2], ARGV[1])
end
return 1
