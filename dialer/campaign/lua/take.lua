-- Hands out the first record that can be taken now to an agent, under a lease with a new fencing token.
--
-- KEYS  1 ready  2 out  3 lease  4 seq  5 shun  6 asked  7 rec  8 hist
-- ARGV  1 agent
--       2 length of the lease in ms
--       3 nonce of the request: the same one again gets the same answer, so a retry after a lost reply takes no second record
--       4 how many candidates are looked at before one is handed to an agent who had refused it
--       5 the campaign's key prefix
--       6 how many classes the caller knows, -1 to take from all whether they are open or not
--       7 how many records at most become due in one run
--       8… the classes that are open now
-- Result  {id, token, lease end in ms, record, history} or nil when there is nothing for this agent; {'', class…} when there are other
--         classes than the caller knows
--
-- O(log n) for each open class, of which there are as many as there are different calling hours, plus one look-up for each record at the
-- head of the list that this agent refused lately. Records of closed classes, and those whose time has not come, are not looked at.
local now = redis_ms()
local agent, lease, nonce, limit, P = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]

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

filing_due(P, now, tonumber(ARGV[7]))

local known, classes = tonumber(ARGV[6]), {''}
if known < 0 then
  for _, class in ipairs(redis.call('SMEMBERS', P .. 'queues')) do classes[#classes + 1] = class end
elseif redis.call('SCARD', P .. 'queues') ~= known then
  local reply = {''}
  for _, class in ipairs(redis.call('SMEMBERS', P .. 'queues')) do reply[#reply + 1] = class end
  return reply
else
  for i = 8, #ARGV do classes[#classes + 1] = ARGV[i] end
end

local page = 1
if redis.call('EXISTS', KEYS[5]) == 1 then page = 16 end
local best, fallback -- {id, score, class}
local fallback_until
local looked = 0

-- look finds the first record of a class that this agent has not refused lately, if it comes before the best one so far.
local function look(class)
  local key = KEYS[1]
  if class ~= '' then key = P .. 'q:' .. class end
  local offset = 0
  while looked < limit do
    local found = redis.call('ZRANGE', key, offset, offset + page - 1, 'WITHSCORES')
    if #found == 0 then return end
    for i = 1, #found, 2 do
      if best and tonumber(found[i + 1]) >= tonumber(best[2]) then return end
      local shunned = redis.call('ZSCORE', KEYS[5], agent .. '\n' .. found[i])
      if not shunned or tonumber(shunned) <= now then
        best = {found[i], found[i + 1], class}
        return
      end
      offset, looked = offset + 1, looked + 1
      if not fallback_until or tonumber(shunned) < fallback_until then
        fallback, fallback_until = {found[i], found[i + 1], class}, tonumber(shunned)
      end
    end
  end
end
for _, class in ipairs(classes) do look(class) end

if not best then
  -- So many refusals in a row: the one refused longest ago comes up again.
  if looked < limit then return nil end
  best = fallback
end

local chosen, place, class = best[1], best[2], best[3]
local token = redis.call('HINCRBY', KEYS[4], 'token', 1)
local till = now + lease
if class == '' then
  redis.call('ZREM', KEYS[1], chosen)
else
  redis.call('ZREM', P .. 'q:' .. class, chosen)
  place = place .. '@' .. class
end
redis.call('ZADD', KEYS[2], till, chosen)
redis.call('HSET', KEYS[3], chosen, string.format('%d %s %s', token, place, agent))
redis.call('HSET', KEYS[6], agent, string.format('%s %d %s', nonce, token, chosen))
return {chosen, tostring(token), tostring(till), redis.call('HGET', KEYS[7], chosen), redis.call('HGET', KEYS[8], chosen) or ''}
