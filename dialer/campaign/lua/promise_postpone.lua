-- Gives the record of a callback back because it may not be called now, and lets the callback wait for another time.
--
-- KEYS  1 out  2 lease
-- ARGV  1 id of the record  2 token  3 the campaign's key prefix  4 new due time in ms  5 why
-- Result  1 done; 0 the token does not hold the record for a callback
local held = redis.call('HGET', KEYS[2], ARGV[1])
local token, promise = string.match(held or '', '^(%d+) cb:(%S+) ')
if token ~= ARGV[2] then return 0 end
local now = redis_ms()
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[1], ARGV[1])
promise_log(ARGV[3], promise, now, 'postponed', '', ARGV[5])
promise_wait(ARGV[3], promise, now, ARGV[4])
return 1
