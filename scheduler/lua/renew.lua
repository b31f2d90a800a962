-- Lets a lease end later, or earlier, than it would.
--
-- KEYS  1 due  2 held
-- ARGV  1 id  2 token  3 length of the lease from now in ms
-- Result  lease end in ms; 0 the token does not hold the entry any more; -1 it is not there
--
-- A lease past its end that nobody has claimed since is still its holder's. It never ends before the entry is due, which it would when
-- the clock was set back since: the entry would be claimed early.
local held = redis.call('HGET', KEYS[2], ARGV[1])
if not held or string.match(held, '^%d+') ~= ARGV[2] then
  if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
  return -1
end
local time = redis.call('TIME')
local score = tonumber(string.match(held, '(%S+)$'))
local due = math.floor(score)
local till = math.max(time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3]), due)
redis.call('ZADD', KEYS[1], string.format('%.17g', till + score - due), ARGV[1])
return till
