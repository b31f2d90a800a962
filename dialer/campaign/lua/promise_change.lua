-- Changes an open callback from the callback book.
--
-- KEYS  1 rec (only to name the slot)
-- ARGV  1 the campaign's key prefix  2 id  3 by whom  4 why
--       5 what: cancel; move; hand-over; release (from a supervisor's queue to everybody's)
--       6 move: new due time in ms; hand-over: id of the callback that takes its place
--       7… hand-over: fields and values in which that one differs
-- Result  '' done, or the state that it is in, in which it cannot be changed so
local P, id, by, why, what, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], redis_ms()
local key = promise_key(P, id)
local f = redis.call('HMGET', key, 'state', 'queue', 'record')
local state, queue = f[1], f[2]
if not state then return 'unknown' end
if what == 'hand-over' and state == 'handed-over' and redis.call('EXISTS', promise_key(P, ARGV[6])) == 1 then return '' end
if state ~= 'waiting' and state ~= 'due' then return state end
if what == 'cancel' then
  promise_end(P, id, now, 'cancelled', by, why)
elseif what == 'move' then
  promise_log(P, id, now, 'moved', by, why)
  redis.call('HSET', key, 'refusals', 0)
  promise_wait(P, id, now, ARGV[6])
elseif what == 'release' then
  if state ~= 'due' then return state end
  promise_log(P, id, now, 'released', by, why)
  redis.call('HSET', key, 'refusals', 0)
  promise_queue(P, id, now, promise_pool(P, id))
else
  local copy = redis.call('HGETALL', key)
  promise_end(P, id, now, 'handed-over', by, ARGV[6])
  for i = 7, #ARGV do copy[#copy + 1] = ARGV[i] end
  promise_new(P, ARGV[6], now, by, id, copy)
  redis.call('HSET', promise_key(P, ARGV[6]), 'refusals', 0)
end
return ''
