-- Does what is due for a callback: puts it into its owner's or everybody's queue when its time has come, and elsewhere when its owner has not
-- been there for as long as was agreed.
--
-- KEYS  1 rec (only to name the slot)
-- ARGV  1 the campaign's key prefix  2 id
--       3 1 if its owner is there, though perhaps in a call
--       4 when its owner's next shift begins, in ms; '' if there is none
--       5 how long to wait for an owner who is there before looking again, in ms
-- Result  {state, queue, when to wake it again in ms or '', 1 if this changed where it is, and when it has just come due how late that is, in ms}
local P, id, now = ARGV[1], ARGV[2], redis_ms()
local f = redis.call('HMGET', promise_key(P, id), 'state', 'queue', 'due', 'owner', 'wait', 'rule', 'since')
local state, queue, due, owner, wait, rule, since = f[1], f[2], tonumber(f[3]), f[4], tonumber(f[5]), f[6], tonumber(f[7])
redis.call('ZREM', P .. 'cbout', id)
if not state then return {'unknown', '', '', 0} end

if state == 'waiting' then
  if due > now then return {state, '', tostring(due), 0} end
  queue = promise_pool(P, id)
  if owner ~= '' then queue = 'a:' .. owner end
  redis.call('HSET', promise_key(P, id), 'seen', now)
  promise_log(P, id, now, 'due', '', '')
  promise_queue(P, id, now, queue)
  if owner == '' then return {'due', queue, '', 1, now - due} end
  return {'due', queue, tostring(now + wait), 1, now - due}
end
if state == 'offered' then return {state, '', tostring(now + tonumber(ARGV[5])), 0} end
if state ~= 'due' or string.sub(queue, 1, 2) ~= 'a:' then return {state, queue, '', 0} end
if now < since + wait then return {state, queue, tostring(since + wait), 0} end
if ARGV[3] == '1' then return {state, queue, tostring(now + tonumber(ARGV[5])), 0} end
if rule == 'next-shift' and ARGV[4] ~= '' then
  promise_log(P, id, now, 'next-shift', '', '')
  promise_wait(P, id, now, ARGV[4])
  redis.call('ZREM', P .. 'cbout', id)
  return {'waiting', '', ARGV[4], 1}
end
queue = promise_elsewhere(P, id)
promise_log(P, id, now, 'owner-absent', '', queue)
promise_queue(P, id, now, queue)
return {'due', queue, '', 1}
