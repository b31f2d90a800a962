-- Forgets callbacks that ended long ago, with their ledgers.
--
-- KEYS  1 cbend
-- ARGV  1 the campaign's key prefix  2 ended before this time (ms)  3 how many at most
-- Result  how many
local P = ARGV[1]
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do
  redis.call('LREM', P .. 'cbhad:' .. (redis.call('HGET', P .. 'cb:' .. id, 'record') or ''), 1, id)
  redis.call('DEL', P .. 'cb:' .. id, P .. 'cblog:' .. id)
  redis.call('ZREM', KEYS[1], id)
end
return #ids
