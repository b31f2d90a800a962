-- Tells which numbers are on a do-not-call list.
--
-- KEYS  1… lists; the first that has a number says why
-- ARGV  numbers
-- Result  for each number its entry (JSON), '' for one that is on no list
local entries = {}
for i, number in ipairs(ARGV) do
  entries[i] = ''
  for _, list in ipairs(KEYS) do
    local entry = redis.call('HGET', list, number)
    if entry then
      entries[i] = entry
      break
    end
  end
end
return entries
