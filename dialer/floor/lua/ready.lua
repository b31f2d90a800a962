-- Finds agents of a campaign who are ready, the longest-idle first. Those of dead processes are forgotten.
--
-- KEYS  1 ready list of the campaign  2 agents  3 processes
-- ARGV  1 how many at most
-- Result  {agent, process, there, idle, and so on for each}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found, most = {}, tonumber(ARGV[1]) * 4
local at = 0
while #found < most do
  local page = redis.call('ZRANGE', KEYS[1], at, at + 31)
  if #page == 0 then break end
  for _, agent in ipairs(page) do
    local process, there, idle = string.match(redis.call('HGET', KEYS[2], agent) or '', '^(%S+) (%d) (%d+)$')
    local alive = process and redis.call('ZSCORE', KEYS[3], process)
    if not alive or tonumber(alive) <= now then
      redis.call('ZREM', KEYS[1], agent)
      if process then redis.call('HDEL', KEYS[2], agent) end
    else
      at = at + 1
      if #found < most then
        for _, part in ipairs({agent, process, there, idle}) do found[#found + 1] = part end
      end
    end
  end
end
return found
