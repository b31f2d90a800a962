-- Notes that a number is about to be dialed, unless it was dialed too often lately or is locked out. Counting and noting are one step, so that
-- no number of processes can go beyond a cap together.
--
-- KEYS  1 hash: number -> "ms/id ms/id …", oldest first  2 zset: number by its last attempt, to forget it  3 zset: number by its last abandoned call
-- ARGV  1 number  2 id of the attempt: the same one again counts once
--       3 for how long attempts are kept, in ms  4 how long a number is locked out after an abandoned call, in ms
--       5… caps: attempts and within (ms), one pair each
-- Result  {1, '', ''} noted; {0, when it may be tried again in ms, 'attempt-cap' or 'locked-out'}
local number, id, keep, lockout = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = redis_ms()
local kept, times = {}, {}
for at, who in string.gmatch(redis.call('HGET', KEYS[1], number) or '', '(%d+)/(%S+)') do
  if who == id then return {1, '', ''} end
  if tonumber(at) > now - keep then
    kept[#kept + 1] = at .. '/' .. who
    times[#times + 1] = tonumber(at)
  end
end
local abandoned = tonumber(redis.call('ZSCORE', KEYS[3], number) or 0)
if lockout > 0 and abandoned > 0 and abandoned + lockout > now then return {0, tostring(abandoned + lockout), 'locked-out'} end
local again = 0
for i = 5, #ARGV, 2 do
  local most, within, recent = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), {}
  for _, at in ipairs(times) do
    if at > now - within then recent[#recent + 1] = at end
  end
  if #recent >= most then again = math.max(again, recent[#recent - most + 1] + within) end
end
if again > 0 then return {0, tostring(again), 'attempt-cap'} end
kept[#kept + 1] = string.format('%d/%s', now, id)
redis.call('HSET', KEYS[1], number, table.concat(kept, ' '))
redis.call('ZADD', KEYS[2], now, number)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - keep, 'LIMIT', 0, 10)) do
  redis.call('ZREM', KEYS[2], old)
  redis.call('HDEL', KEYS[1], old)
end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - keep, 'LIMIT', 0, 10)) do redis.call('ZREM', KEYS[3], old) end
return {1, '', ''}
