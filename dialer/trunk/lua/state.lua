-- What every script of a trunk begins with.
--
-- KEYS  1 legs  2 want  3 flow
-- ARGV  1 most channels, 0 for any number  2 lease in ms  …
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = math.floor(us / 1000)
local cap, lease = tonumber(ARGV[1]), tonumber(ARGV[2])

local function inUse() return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf') end
local function wanting() return redis.call('ZCOUNT', KEYS[2], '(' .. now, '+inf') end

-- How many channels congestion leaves to calls without an agent, nil for any number; and for how many ms none is placed.
local function left()
  local f = redis.call('HMGET', KEYS[3], 'limit', 'from', 'until')
  if not f[1] then return nil, 0 end
  local limit, from, pause = tonumber(f[1]), tonumber(f[2]), tonumber(f[3])
  if now < pause then return limit, pause - now end
  local steps = math.floor((now - pause) / 5000)
  local grown = math.max(limit + steps, math.floor(limit * 1.1 ^ math.min(steps, 200)))
  if grown >= (cap > 0 and cap or 2 * from) then return nil, 0 end
  return grown, 0
end

-- The trunk as it is now: {in use, channels that calls without an agent may use or -1, free for them or -1, pause in ms, 1 if backed off}
local function state()
  local limit, pause = left()
  local most = cap > 0 and cap or -1
  if limit and (most < 0 or limit < most) then most = limit end
  local used = inUse()
  local free = most
  if most >= 0 then free = math.max(most - used - wanting(), 0) end
  if pause > 0 then free = 0 end
  return {used, most, free, pause, (limit or pause > 0) and 1 or 0}
end
