-- Puts numbers on the do-not-call list. One that is on it already keeps what was noted first.
--
-- KEYS  1 the list: number in E.164 -> {"by","why","at"} (JSON, at in ms by this server's clock)
-- ARGV  1 by  2 why  3… numbers
-- Result  how many were not on the list before
local time = redis.call('TIME')
local entry = string.format('{"by":%s,"why":%s,"at":%d}', cjson.encode(ARGV[1]), cjson.encode(ARGV[2]),
  time[1] * 1000 + math.floor(time[2] / 1000))
local added = 0
for i = 3, #ARGV do added = added + redis.call('HSETNX', KEYS[1], ARGV[i], entry) end
return added
