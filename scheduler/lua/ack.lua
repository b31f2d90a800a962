-- Removes claimed entries that have been acted on.
--
-- KEYS  1 due  2 held
-- ARGV  id, token, and so on for each entry
-- Result  for each: 1 removed; 0 the token does not hold it any more; -1 it is not there
local reply = {}
for i = 1, #ARGV, 2 do
  local held = redis.call('HGET', KEYS[2], ARGV[i])
  local code = 0
  if held and string.match(held, '^%d+') == ARGV[i + 1] then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[2], ARGV[i])
    code = 1
  elseif not redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    code = -1
  end
  reply[(i + 1) / 2] = code
end
return reply
