-- Takes a channel for a leg. Asking again for a leg that has one changes nothing.
--
-- ARGV  3 leg  4 1 if an agent waits for it, else 0  5 µs between two calls, 0 for none  6 how many µs a call may be put off
-- Result  {why not: '' full rate congestion; ms to wait before the call, or before asking again; the state}
local leg, agent, between, horizon = ARGV[3], ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])

local function refuse(why, wait)
  if agent then redis.call('ZADD', KEYS[2], now + 500, leg) end
  return {why, wait, state()}
end

local held = redis.call('ZSCORE', KEYS[1], leg)
if held and tonumber(held) > now then
  redis.call('ZADD', KEYS[1], now + lease, leg)
  return {'', 0, state()}
end
if agent then
  if cap > 0 and inUse() >= cap then return refuse('full', 0) end
else
  local s = state()
  if s[4] > 0 then return refuse('congestion', s[4]) end
  if s[3] == 0 then return refuse('full', 0) end
  if between > 0 and wanting() > 0 then return refuse('rate', 50) end
end
local off = 0
if between > 0 then
  local start = math.max(us, tonumber(redis.call('HGET', KEYS[3], 'next') or '0'))
  off = start - us
  if off > horizon then return refuse('rate', math.ceil((off - horizon) / 1000)) end
  redis.call('HSET', KEYS[3], 'next', string.format('%.0f', start + between))
end
off = math.ceil(off / 1000)
redis.call('ZADD', KEYS[1], now + off + lease, leg)
redis.call('ZREM', KEYS[2], leg)
return {'', off, state()}
