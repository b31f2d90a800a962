-- What several scripts do with promises (callbacks); it is put in front of them. P is the campaign's key prefix: all keys are in its slot.
--
--   cb:ID     hash     record, number, kind, owner, holder, rule, group, skill, wait, due, state, queue, agent, refusals, since, seen, data (JSON)
--   cblog:ID  list     what happened to it, each a JSON object {at,kind,by,text}
--   cbq:NAME  zset     due ones by due time: a:AGENT the agent's own, g:GROUP a group's, s:SKILL for who has a skill, pool everybody's, sup for a supervisor to see to
--   cball     zset     open ones by due time
--   cbidle    zset     open ones that are not with an agent now, by due time
--   cbdue     zset     those in a queue of agents, by due time
--   cbof:AGENT zset    open ones that an agent answers for, by due time
--   cbrec     hash     record -> its open one
--   cbhad:RECORD list  all of a record, the oldest first, those that are kept
--   cbout     zset     those whose next alarm is not yet in the scheduler, by when it is
--   cbend     zset     ended ones by when they ended
local function promise_key(P, id) return P .. 'cb:' .. id end

local function redis_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function promise_log(P, id, now, kind, by, text)
  redis.call('RPUSH', P .. 'cblog:' .. id, string.format('{"at":%d,"kind":%s,"by":%s,"text":%s}', now, cjson.encode(kind),
    cjson.encode(by), cjson.encode(text)))
end

-- promise_leave takes it out of the queue it is in.
local function promise_leave(P, id)
  local queue = redis.call('HGET', promise_key(P, id), 'queue')
  if queue and queue ~= '' then
    redis.call('ZREM', P .. 'cbq:' .. queue, id)
    redis.call('ZREM', P .. 'cbdue', id)
  end
end

local function promise_state(P, id, now, state, queue)
  redis.call('HSET', promise_key(P, id), 'state', state, 'queue', queue, 'since', now, 'agent', '')
end

-- promise_queue makes it wait in a queue for somebody who is ready.
local function promise_queue(P, id, now, queue)
  promise_leave(P, id)
  local due = redis.call('HGET', promise_key(P, id), 'due')
  promise_state(P, id, now, 'due', queue)
  redis.call('ZADD', P .. 'cbq:' .. queue, due, id)
  if queue ~= 'sup' then redis.call('ZADD', P .. 'cbdue', due, id) end
  redis.call('ZADD', P .. 'cbidle', due, id)
end

-- promise_wait makes it wait for its time.
local function promise_wait(P, id, now, due)
  promise_leave(P, id)
  promise_state(P, id, now, 'waiting', '')
  local key = promise_key(P, id)
  redis.call('HSET', key, 'due', due, 'seen', '')
  local holder = redis.call('HGET', key, 'holder')
  for _, index in ipairs({'cball', 'cbidle', 'cbof:' .. holder, 'cbout'}) do redis.call('ZADD', P .. index, due, id) end
end

-- promise_end gives it its one final state.
local function promise_end(P, id, now, state, by, text)
  local key = promise_key(P, id)
  promise_leave(P, id)
  promise_state(P, id, now, state, '')
  local held = redis.call('HMGET', key, 'holder', 'record')
  for _, index in ipairs({'cball', 'cbidle', 'cbof:' .. held[1], 'cbout'}) do redis.call('ZREM', P .. index, id) end
  if redis.call('HGET', P .. 'cbrec', held[2]) == id then redis.call('HDEL', P .. 'cbrec', held[2]) end
  redis.call('ZADD', P .. 'cbend', now, id)
  promise_log(P, id, now, state, by, text)
end

-- promise_new makes one. f: fields and values for its hash, among them due, holder and record; one that the record has already is superseded.
local function promise_new(P, id, now, by, text, f)
  local key = promise_key(P, id)
  redis.call('HSET', key, 'refusals', 0, unpack(f))
  local held = redis.call('HMGET', key, 'record', 'due')
  local before = redis.call('HGET', P .. 'cbrec', held[1])
  if before and before ~= id then promise_end(P, before, now, 'superseded', by, id) end
  redis.call('HSET', P .. 'cbrec', held[1], id)
  redis.call('RPUSH', P .. 'cbhad:' .. held[1], id)
  promise_wait(P, id, now, held[2])
  promise_log(P, id, now, 'made', by, text)
end

-- promise_pool is the queue of those who may have what is anybody's: everybody, or who has the skill that it wants.
local function promise_pool(P, id)
  local skill = redis.call('HGET', promise_key(P, id), 'skill')
  if skill and skill ~= '' then return 's:' .. skill end
  return 'pool'
end

-- promise_elsewhere is the queue it goes to when its owner cannot or will not take it.
local function promise_elsewhere(P, id)
  local f = redis.call('HMGET', promise_key(P, id), 'rule', 'group')
  if f[1] == 'supervisor' then return 'sup' end
  if f[1] == 'group' then return 'g:' .. f[2] end
  return promise_pool(P, id)
end

-- promise_back takes it back from an agent. ending: rejected, cancelled or unanswered count as a refusal, and after `most` of them a
-- supervisor has to see to it; anything else puts it where it was.
local function promise_back(P, id, now, ending, agent, text, most)
  local key = promise_key(P, id)
  local queue = redis.call('HGET', key, 'from') or 'pool'
  promise_log(P, id, now, ending, agent, text)
  if ending == 'rejected' or ending == 'cancelled' or ending == 'unanswered' then
    if redis.call('HINCRBY', key, 'refusals', 1) >= most then
      queue = 'sup'
      promise_log(P, id, now, 'escalated', '', '')
    elseif string.sub(queue, 1, 2) == 'a:' then
      queue = promise_elsewhere(P, id)
    end
  end
  promise_queue(P, id, now, queue)
  return queue
end
