-- Takes over legs of a process that is no more. Those that never had a channel of this trunk are another one's.
--
-- ARGV  3… legs
-- Result  {the state; those that were taken over}
local found = {}
for i = 3, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('ZADD', KEYS[1], now + lease, ARGV[i])
    found[#found + 1] = ARGV[i]
  end
end
return {state(), found}
