-- Gives callbacks that are due, and not with an agent, to a supervisor.
--
-- KEYS  1 cbdue
-- ARGV  1 the campaign's key prefix  2 why  3 how many at most
-- Result  how many
local P, now = ARGV[1], redis_ms()
local ids = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[3]) - 1)
for _, id in ipairs(ids) do
  promise_log(P, id, now, 'escalated', '', ARGV[2])
  promise_queue(P, id, now, 'sup')
end
return #ids
