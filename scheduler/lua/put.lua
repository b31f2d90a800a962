-- Writes when an entry is due: a new entry, or a new time for one that is there.
--
-- KEYS  1 due  2 held  3 meta
-- ARGV  1 create: only if it is not there; move: only if it is; put: in any case
--       2 id  3 score: due time in ms, with the priority as its fraction
--       4 channel to wake runners  5 number of the shard
-- Result  {1} written; {2} it was so already; {0, score in the way} an entry with another time is there; {0} it is not there
--
-- Also when nothing is to be changed something is written: WAITAOF on this connection then covers what an earlier try wrote.
-- A new time takes the entry from whoever has claimed it, and starts its attempts anew.
local mode, id, score = ARGV[1], ARGV[2], ARGV[3]
local at = redis.call('ZSCORE', KEYS[1], id)
if at then
  local held = redis.call('HGET', KEYS[2], id)
  local due = held and string.match(held, '^%d+ %d+ (%S+)$') or at
  local same = tonumber(due) == tonumber(score)
  if mode == 'create' or (same and not held) then
    if not same then return {'0', due} end
    redis.call('HINCRBY', KEYS[3], 'again', 1)
    return {'2'}
  end
elseif mode == 'move' then
  return {'0'}
end
local head = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[1], score, id)
redis.call('HDEL', KEYS[2], id)
if not head[2] or tonumber(score) < tonumber(head[2]) then
  redis.call('PUBLISH', ARGV[4], ARGV[5] .. ' ' .. score)
end
return {'1'}
