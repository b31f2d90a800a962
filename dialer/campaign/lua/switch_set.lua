-- Starts or stops a campaign.
--
-- KEYS  1 run  2 runlog
-- ARGV  1 1 to start, 0 to stop  2 1 so that the calendar does not start it  3 by whom, '' for the calendar  4 why
--       5 for the calendar: the time (ms) that this is for; '' by hand
--       6 how many changes the log keeps
-- Result  {running, held, since, by, why, 1 if something changed}
--
-- run has running, held, since, by, why and at: the time of the latest order, or for the calendar the one that it was for. Orders of the
-- calendar may come late, and in any order.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local f = redis.call('HMGET', KEYS[1], 'running', 'held', 'since', 'by', 'why', 'at')
local running, held, at = f[1] or '1', f[2] or '0', tonumber(f[6] or 0)
local order = tonumber(ARGV[5])
if order and (order <= at or held == '1') then return {running, held, f[3] or '', f[4] or '', f[5] or '', 0} end
redis.call('HSET', KEYS[1], 'at', order or now)
if running == ARGV[1] and held == ARGV[2] then
  redis.call('HSETNX', KEYS[1], 'running', running)
  return {running, held, f[3] or '', f[4] or '', f[5] or '', 0}
end
redis.call('HSET', KEYS[1], 'running', ARGV[1], 'held', ARGV[2], 'since', now, 'by', ARGV[3], 'why', ARGV[4])
redis.call('LPUSH', KEYS[2], cjson.encode({running = ARGV[1] == '1', held = ARGV[2] == '1', since = now, by = ARGV[3], why = ARGV[4]}))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[6]) - 1)
return {ARGV[1], ARGV[2], tostring(now), ARGV[3], ARGV[4], 1}
