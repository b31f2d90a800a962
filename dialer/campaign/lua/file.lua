-- Lets a record that was taken wait for a time at which it may be dialed. Nothing is noted in its history.
--
-- KEYS  1 out  2 lease
-- ARGV  1 id  2 token  3 the campaign's key prefix  4 in how many ms it is due  5 in how many its class is open then, too  6 class  7 priority
--       8 sort key, '' for none
-- Result  1 done; 0 the token does not hold the record, or it was taken for a callback
local id, P = ARGV[1], ARGV[3]
local token, place = string.match(redis.call('HGET', KEYS[2], id) or '', '^(%d+) (%S+) ')
if token ~= ARGV[2] or string.sub(place, 1, 3) == 'cb:' then return 0 end
redis.call('HDEL', KEYS[2], id)
redis.call('ZREM', KEYS[1], id)
local score = filing_score(string.match(place, '^[^@]+'), ARGV[7], ARGV[8])
local now = redis_ms()
filing_put(P, id, now, now + ARGV[4], now + ARGV[5], score, ARGV[6])
return 1
