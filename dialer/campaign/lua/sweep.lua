-- Gives records back whose lease ran out: their holder died or forgot them.
--
-- KEYS  1 ready  2 out  3 lease  4 hist  5 shun
-- ARGV  1 how many at most  2 the campaign's key prefix
-- Result  ids of the records given back
local P, now = ARGV[2], redis_ms()
local ids = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  local token, place, agent = string.match(redis.call('HGET', KEYS[3], id), '^(%d+) (%S+) (.*)$')
  redis.call('HDEL', KEYS[3], id)
  redis.call('ZREM', KEYS[2], id)
  local promise = string.match(place, '^cb:(.*)$')
  if promise then
    promise_back(P, promise, now, 'lease-expired', agent, '', 0)
  else
    filing_back(P, id, place)
  end
  redis.call('HSET', KEYS[4], id, (redis.call('HGET', KEYS[4], id) or '') ..
    string.format('{"token":%s,"ending":"expired","at":%d,"agent":%s,"rest":{}}\n', token, now, cjson.encode(agent)))
end
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
return ids
