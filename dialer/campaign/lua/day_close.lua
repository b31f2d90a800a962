-- Keeps what was counted since the last day ended.
--
-- KEYS  1 tally  2 daytally: the tally as it was then  3 days  4 daylist
-- ARGV  1 date of the day that has ended  2 how many days are kept
-- Result  1 kept; 0 this day, or a later one, was before
local latest = redis.call('LINDEX', KEYS[4], 0) or ''
if ARGV[1] <= latest then return 0 end
local tally, before = redis.call('HGETALL', KEYS[1]), {}
local was = redis.call('HGETALL', KEYS[2])
for i = 1, #was, 2 do before[was[i]] = tonumber(was[i + 1]) end
local parts = {}
for i = 1, #tally, 2 do
  local n = tonumber(tally[i + 1]) - (before[tally[i]] or 0)
  if n ~= 0 then parts[#parts + 1] = cjson.encode(tally[i]) .. ':' .. string.format('%d', n) end
  redis.call('HSET', KEYS[2], tally[i], tally[i + 1])
end
redis.call('HSET', KEYS[3], ARGV[1], '{"since":' .. cjson.encode(latest) .. ',"counts":{' .. table.concat(parts, ',') .. '}}')
redis.call('LPUSH', KEYS[4], ARGV[1])
while redis.call('LLEN', KEYS[4]) > tonumber(ARGV[2]) do redis.call('HDEL', KEYS[3], redis.call('RPOP', KEYS[4])) end
return 1
