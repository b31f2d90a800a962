-- Tells where agents are.
--
-- KEYS  1 agents  2 processes
-- ARGV  agents
-- Result  {agent, process, there, idle, and so on for each who is at a process that lives}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = {}
for _, agent in ipairs(ARGV) do
  local process, there, idle = string.match(redis.call('HGET', KEYS[1], agent) or '', '^(%S+) (%d) (%d+)$')
  local alive = process and redis.call('ZSCORE', KEYS[2], process)
  if alive and tonumber(alive) > now then
    for _, part in ipairs({agent, process, there, idle}) do found[#found + 1] = part end
  end
end
return found
