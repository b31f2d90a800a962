-- Tells which numbers and customers are on do-not-call lists. Entries that are over are forgotten.
--
-- KEYS  1… lists; of several entries the one that lasts longest counts
-- ARGV  numbers, and customers as id:CUSTOMER
-- Result  for each its entry (JSON), '' for one that is on no list
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entries = {}
for i, number in ipairs(ARGV) do
  entries[i] = ''
  local longest = 0
  for _, list in ipairs(KEYS) do
    local entry = redis.call('HGET', list, number)
    local ends = entry and (tonumber((string.match(entry, '"until":(%d+)}$'))) or math.huge)
    if ends and ends <= now then
      redis.call('HDEL', list, number)
    elseif ends and ends > longest then
      entries[i], longest = entry, ends
    end
  end
end
return entries
