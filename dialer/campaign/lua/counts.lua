-- Counts the records of a campaign by where they are. Those in later whose time has come count as ready: the next take lets them out.
--
-- KEYS  1 rec  2 ready  3 out  4 cbidle
-- ARGV  1 the campaign's key prefix
-- Result  {all, ready or in a class, in later, out, promised, left out by a filter}
local P = ARGV[1]
local due = redis.call('ZCOUNT', P .. 'later', '-inf', redis_ms())
local ready, filtered = redis.call('ZCARD', KEYS[2]) + due, 0
for _, class in ipairs(redis.call('SMEMBERS', P .. 'queues')) do
  local n = redis.call('ZCARD', P .. 'q:' .. class)
  if string.sub(class, 1, 1) == '!' then filtered = filtered + n else ready = ready + n end
end
return {redis.call('HLEN', KEYS[1]), ready, redis.call('ZCARD', P .. 'later') - due, redis.call('ZCARD', KEYS[3]), redis.call('ZCARD', KEYS[4]), filtered}
