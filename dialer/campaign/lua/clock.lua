-- The clock that counts is this server's; it is put in front of scripts that need no promises.
local function redis_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
