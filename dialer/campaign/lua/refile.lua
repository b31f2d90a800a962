-- Lets a record that is closed begin anew, or gives a record that waits another place.
--
-- KEYS  1 lease  2 hist  3 cbrec  4 seq
-- ARGV  1 id  2 the campaign's key prefix  3 recycled or arranged  4 by whom  5 in how many ms it is due  6 in how many its class is open then, too
--       7 class  8 priority  9 sort key, '' for none
-- Result  1 done; 0 it is not closed, or it does not wait
local id, P, now = ARGV[1], ARGV[2], redis_ms()
if redis.call('HEXISTS', KEYS[1], id) == 1 or redis.call('HEXISTS', KEYS[3], id) == 1 then return 0 end
local place = filing_place(P, id)
if ARGV[3] == 'recycled' then
  if place then
    filing_back(P, id, place)
    return 0
  end
  place = redis.call('HINCRBY', KEYS[4], 'place', 1) -- behind all others
  redis.call('HSET', KEYS[2], id, (redis.call('HGET', KEYS[2], id) or '') .. string.format(
    '{"token":%d,"ending":"recycled","at":%d,"agent":%s,"rest":{}}\n', redis.call('HINCRBY', KEYS[4], 'token', 1), now, cjson.encode(ARGV[4])))
elseif not place then
  return 0
end
local score = filing_score(string.match(place, '^[^@]+'), ARGV[8], ARGV[9])
filing_put(P, id, now, now + ARGV[5], now + ARGV[6], score, ARGV[7])
return 1
