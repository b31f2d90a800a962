-- Puts numbers and customers on a do-not-call list. One that is on it already keeps what was noted first, unless the new entry lasts longer.
--
-- KEYS  1 the list: number in E.164, or id:CUSTOMER -> {"by","why","at","until"} (JSON, at and until in ms by this server's clock; without
--         until it is for good)
-- ARGV  1 by  2 why  3 until in ms, '' for good  4… numbers and customers
-- Result  how many were not on the list before
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local till = ''
if ARGV[3] ~= '' then till = ',"until":' .. ARGV[3] end
local entry = string.format('{"by":%s,"why":%s,"at":%d%s}', cjson.encode(ARGV[1]), cjson.encode(ARGV[2]), now, till)
local added = 0
for i = 4, #ARGV do
  local was = redis.call('HGET', KEYS[1], ARGV[i])
  local ends = was and tonumber((string.match(was, '"until":(%d+)}$')))
  if not was or ends and ends <= now then
    redis.call('HSET', KEYS[1], ARGV[i], entry)
    added = added + 1
  elseif ends and (ARGV[3] == '' or tonumber(ARGV[3]) > ends) then
    redis.call('HSET', KEYS[1], ARGV[i], entry)
  end
end
return added
