-- Hands out the next ready record to an agent, under a lease with a new fencing token.
--
-- KEYS  1 ready  2 out  3 lease  4 seq  5 shun  6 asked  7 rec  8 hist
-- ARGV  1 agent
--       2 length of the lease in ms
--       3 nonce of the request: the same one again gets the same answer, so a retry after a lost reply takes no second record
--       4 how many candidates are looked at before one is handed to an agent who had refused it
-- Result  {id, token, lease end in ms, record, history} or nil when there is nothing for this agent
--
-- O(log n), plus one look-up for each record at the head of the list that this agent refused lately.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local agent, lease, nonce, limit = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local asked = redis.call('HGET', KEYS[6], agent)
if asked then
  local was, token, id = string.match(asked, '^(%S+) (%d+) (.*)$')
  if was == nonce then
    local held = redis.call('HGET', KEYS[3], id)
    local till = redis.call('ZSCORE', KEYS[2], id)
    if held and till and string.match(held, '^%d+') == token then
      return {id, token, till, redis.call('HGET', KEYS[7], id), redis.call('HGET', KEYS[8], id) or ''}
    end
  end
end

local chosen, place
local fallback, fallback_place, fallback_until
local looked, page = 0, 1
if redis.call('EXISTS', KEYS[5]) == 1 then page = 16 end
while not chosen and looked < limit do
  local found = redis.call('ZRANGE', KEYS[1], looked, looked + page - 1, 'WITHSCORES')
  if #found == 0 then break end
  for i = 1, #found, 2 do
    local shunned = redis.call('ZSCORE', KEYS[5], agent .. '\n' .. found[i])
    if not shunned or tonumber(shunned) <= now then
      chosen, place = found[i], found[i + 1]
      break
    end
    looked = looked + 1
    if not fallback_until or tonumber(shunned) < fallback_until then
      fallback, fallback_place, fallback_until = found[i], found[i + 1], tonumber(shunned)
    end
  end
end
if not chosen then
  -- So many refusals in a row: the one refused longest ago comes up again.
  if looked < limit then return nil end
  chosen, place = fallback, fallback_place
end

local token = redis.call('HINCRBY', KEYS[4], 'token', 1)
local till = now + lease
redis.call('ZREM', KEYS[1], chosen)
redis.call('ZADD', KEYS[2], till, chosen)
redis.call('HSET', KEYS[3], chosen, string.format('%d %s %s', token, place, agent))
redis.call('HSET', KEYS[6], agent, string.format('%s %d %s', nonce, token, chosen))
return {chosen, tostring(token), tostring(till), redis.call('HGET', KEYS[7], chosen), redis.call('HGET', KEYS[8], chosen) or ''}
