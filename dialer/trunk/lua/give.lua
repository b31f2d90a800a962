-- Gives legs' channels back, and learns from how their calls ended.
--
-- ARGV  3… three for each leg: the leg; since how many ms it has had its channel, -1 if nobody knows; how it ended:
--          congestion: the network had no room; fine: it had; '' if that is not known
-- Result  {1 if there is a first sign of congestion, 2 if only further ones, else 0; the state}
local news = 0
for i = 3, #ARGV, 3 do
  local leg, age, how = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local f = redis.call('HMGET', KEYS[3], 'at', 'strikes')
  -- A call that began before the latest back-off says nothing about what it has brought.
  local tells = age >= 0 and now - age > tonumber(f[1] or '0')
  if how == 'congestion' and tells then
    local used, before, strikes = inUse(), left(), tonumber(f[2] or '0') + 1
    if not before then news = 1 elseif news == 0 then news = 2 end
    redis.call('HSET', KEYS[3], 'limit', math.max(1, math.floor(math.min(used, before or used) / 2)), 'from', used, 'at', now,
      'until', string.format('%.0f', now + math.min(500 * 2 ^ math.min(strikes - 1, 10), 30000)), 'strikes', strikes)
  elseif how == 'fine' and tells and f[2] then
    redis.call('HDEL', KEYS[3], 'strikes')
  end
  redis.call('ZREM', KEYS[1], leg)
  redis.call('ZREM', KEYS[2], leg)
end
return {news, state()}
