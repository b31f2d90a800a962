-- Hands the record of a due callback out to an agent, under a lease with a new fencing token.
--
-- KEYS  1 out  2 lease  3 seq  4 shun  5 asked  6 rec  7 hist
-- ARGV  1 agent
--       2 length of the lease in ms
--       3 nonce of the request: the same one again gets the same answer
--       4 how many are looked at in a queue before it is given up because the agent refused them all lately
--       5 the campaign's key prefix
--       6… queues that the agent may have callbacks from, the first one first
-- Result  {id, token, lease end in ms, record, history, id of the promise} or nil when there is nothing for this agent
local now, P = redis_ms(), ARGV[5]
local agent, lease, nonce, limit = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local asked = redis.call('HGET', KEYS[5], agent)
if asked then
  local was, token, id = string.match(asked, '^(%S+) (%d+) (.*)$')
  if was == nonce then
    local held = redis.call('HGET', KEYS[2], id)
    local till = redis.call('ZSCORE', KEYS[1], id)
    if held and till and string.match(held, '^%d+') == token then
      return {id, token, till, redis.call('HGET', KEYS[6], id), redis.call('HGET', KEYS[7], id) or '', string.match(held, '^%d+ cb:(%S+)') or ''}
    end
  end
end

local chosen, from
for i = 6, #ARGV do
  for _, id in ipairs(redis.call('ZRANGE', P .. 'cbq:' .. ARGV[i], 0, limit - 1)) do
    local record = redis.call('HGET', promise_key(P, id), 'record')
    local shunned = redis.call('ZSCORE', KEYS[4], agent .. '\n' .. record)
    if not shunned or tonumber(shunned) <= now then
      chosen, from = id, ARGV[i]
      break
    end
  end
  if chosen then break end
end
if not chosen then return nil end

local record = redis.call('HGET', promise_key(P, chosen), 'record')
local token = redis.call('HINCRBY', KEYS[3], 'token', 1)
local till = now + lease
promise_leave(P, chosen)
promise_state(P, chosen, now, 'offered', '')
redis.call('HSET', promise_key(P, chosen), 'agent', agent, 'from', from)
redis.call('ZREM', P .. 'cbidle', chosen)
promise_log(P, chosen, now, 'offered', agent, '')
redis.call('ZADD', KEYS[1], till, record)
redis.call('HSET', KEYS[2], record, string.format('%d cb:%s %s', token, chosen, agent))
redis.call('HSET', KEYS[5], agent, string.format('%s %d %s', nonce, token, record))
return {record, tostring(token), tostring(till), redis.call('HGET', KEYS[6], record), redis.call('HGET', KEYS[7], record) or '', chosen}
