-- Puts a claimed entry off to another time and lets it go.
--
-- KEYS  1 due  2 held
-- ARGV  1 id  2 token
--       3 due time in ms; with 4 = in, that many ms from now
--       4 at, in, or back: to the time and the attempts it had before it was claimed
--       5 keep: the attempts go on to be counted; else they start anew
--       6 channel to wake runners  7 number of the shard
-- Result  1 done, or done before to the same time; 0 the token does not hold it any more; -1 it is not there
local id, token = ARGV[1], ARGV[2]
local held = redis.call('HGET', KEYS[2], id)
local at = redis.call('ZSCORE', KEYS[1], id)
if not at then return -1 end
local number = tonumber(at)
local priority = number - math.floor(number)
if not held or string.match(held, '^%d+') ~= token then
  if ARGV[4] == 'at' and not string.match(held or '0', '^[1-9]') and number == tonumber(ARGV[3]) + priority then return 1 end
  return 0
end
local attempts, was = string.match(held, '^%d+ (%d+) (%S+)$')
local score
if ARGV[4] == 'back' then
  score, attempts = was, attempts - 1
elseif ARGV[4] == 'in' then
  local time = redis.call('TIME')
  score = string.format('%.17g', time[1] * 1000 + math.ceil(time[2] / 1000) + tonumber(ARGV[3]) + priority)
else
  score = string.format('%.17g', tonumber(ARGV[3]) + priority)
end
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[1], score, id)
if ARGV[5] == 'keep' and tonumber(attempts) > 0 then
  redis.call('HSET', KEYS[2], id, string.format('0 %d %s', attempts, score))
else
  redis.call('HDEL', KEYS[2], id)
end
if tonumber(score) < tonumber(head[2]) then
  redis.call('PUBLISH', ARGV[6], ARGV[7] .. ' ' .. score)
end
return 1
