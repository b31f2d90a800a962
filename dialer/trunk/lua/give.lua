-- Gives a leg's channel back, and learns from how the call ended.
--
-- ARGV  3 leg  4 since how many ms it has had its channel, -1 if nobody knows
--       5 congestion: the network had no room; fine: it had; '' if that is not known
-- Result  {1 if this is the first sign of congestion, 2 if it is a further one, else 0; the state}
local leg, age, how = ARGV[3], tonumber(ARGV[4]), ARGV[5]
local used, news = inUse(), 0
local f = redis.call('HMGET', KEYS[3], 'at', 'strikes')
-- A call that began before the latest back-off says nothing about what it has brought.
local tells = age >= 0 and now - age > tonumber(f[1] or '0')
if how == 'congestion' and tells then
  local before, strikes = left(), tonumber(f[2] or '0') + 1
  news = before and 2 or 1
  redis.call('HSET', KEYS[3], 'limit', math.max(1, math.floor(math.min(used, before or used) / 2)), 'from', used, 'at', now,
    'until', string.format('%.0f', now + math.min(500 * 2 ^ math.min(strikes - 1, 10), 30000)), 'strikes', strikes)
elseif how == 'fine' and tells and f[2] then
  redis.call('HDEL', KEYS[3], 'strikes')
end
redis.call('ZREM', KEYS[1], leg)
redis.call('ZREM', KEYS[2], leg)
return {news, state()}
