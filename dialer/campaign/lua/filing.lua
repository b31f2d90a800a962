-- Where records wait; it is put in front of scripts that move them. P is the campaign's key prefix: all keys are in its slot.
--
--   ready    zset  records that can be taken at any time, by score
--   q:CLASS  zset  records that can be taken while their class is open, by score
--   queues   set   the classes that have such a set
--   later    zset  records that can be taken from a time on, by that time in ms
--   filed    hash  record in later -> "score class" of where it goes then; without class it goes to ready
--
-- A score is priority * 2^50 + place; with sort keys the place is key * 2^24 + place in the list. It is exact: all is below 2^53.

local RANK, KEY = 2 ^ 50, 2 ^ 24
local MOST_CLASSES = 256

-- filing_score makes the score of a record that had another one before. key: '' for a list without sort keys.
local function filing_score(before, rank, key)
  local place = tonumber(before) % RANK
  if key ~= '' then place = tonumber(key) * KEY + math.min(place % KEY, KEY - 1) end
  return string.format('%.0f', tonumber(rank) * RANK + place)
end

-- filing_class is the class if it has a set or may get one, '' if there are too many.
local function filing_class(P, class)
  if class == '' or redis.call('SISMEMBER', P .. 'queues', class) == 1 then return class end
  if redis.call('SCARD', P .. 'queues') >= MOST_CLASSES then return '' end
  redis.call('SADD', P .. 'queues', class)
  return class
end

local function filing_queue(P, id, score, class)
  if class == '' then
    redis.call('ZADD', P .. 'ready', score, id)
  else
    redis.call('ZADD', P .. 'q:' .. class, score, id)
  end
end

-- filing_put lets a record wait until due, and then for its class; without a class of its own until at.
local function filing_put(P, id, now, due, at, score, class)
  local kept = filing_class(P, class)
  if kept == '' and class ~= '' then due = at end
  if tonumber(due) > now then
    redis.call('ZADD', P .. 'later', due, id)
    redis.call('HSET', P .. 'filed', id, score .. ' ' .. kept)
  else
    filing_queue(P, id, score, kept)
  end
end

-- filing_back puts a record where it was taken from; place is as its lease notes it: score, or score@class.
local function filing_back(P, id, place)
  local score, class = string.match(place, '^([^@]+)@(.*)$')
  filing_queue(P, id, score or place, class or '')
end

-- filing_due moves records whose time has come to where they can be taken.
local function filing_due(P, now, most)
  local due = redis.call('ZRANGEBYSCORE', P .. 'later', '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(due) do
    local score, class = string.match(redis.call('HGET', P .. 'filed', id) or '0 ', '^(%S+) (.*)$')
    filing_queue(P, id, score, class)
    redis.call('ZREM', P .. 'later', id)
    redis.call('HDEL', P .. 'filed', id)
  end
end

-- filing_place takes a waiting record out of where it is and gives its place as a lease notes it, nil when it does not wait.
local function filing_place(P, id)
  local filed = redis.call('HGET', P .. 'filed', id)
  if filed then
    redis.call('HDEL', P .. 'filed', id)
    redis.call('ZREM', P .. 'later', id)
    local score, class = string.match(filed, '^(%S+) (.*)$')
    if class == '' then return score end
    return score .. '@' .. class
  end
  local score = redis.call('ZSCORE', P .. 'ready', id)
  if score then
    redis.call('ZREM', P .. 'ready', id)
    return score
  end
  for _, class in ipairs(redis.call('SMEMBERS', P .. 'queues')) do
    score = redis.call('ZSCORE', P .. 'q:' .. class, id)
    if score then
      redis.call('ZREM', P .. 'q:' .. class, id)
      return score .. '@' .. class
    end
  end
  return nil
end
