-- Claims entries that are due: puts them off until the lease ends and gives each a new fencing token.
--
-- KEYS  1 due  2 held  3 meta
-- ARGV  1 how many at most; 0 only looks
--       2 length of the lease in ms
--       3 score up to which to claim, besides being due; inf for no such bound
--       4 old: those due longest first; young: those of the youngest ms that is due, unless that is the oldest too
-- Result  {server's time in µs, first token, score of the head afterwards or '', score of the youngest that is due afterwards or '',
--         {id, score it was due by, and so on for each entry}, {place of an entry, its attempts, and so on for those claimed before}}
--         The tokens of the entries are consecutive.
--
-- The clock is read here and nowhere else, so nothing is claimed early, whatever clocks the processes have. A token is
-- never lower than the clock: after a failover to a replica that has missed the latest claims, tokens still go up.
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local limit, lease, bound = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]

local found = {}
local last = string.format('(%.0f', now + 1)
if limit > 0 and ARGV[4] == 'young' then
  local old = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  local young = redis.call('ZREVRANGEBYSCORE', KEYS[1], last, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if young[2] then
    local ms = math.floor(tonumber(young[2]))
    if ms > math.floor(tonumber(old[2])) then
      found = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', ms), string.format('(%.0f', ms + 1), 'WITHSCORES', 'LIMIT', 0, limit)
    end
  end
elseif limit > 0 then
  if bound ~= 'inf' and tonumber(bound) < now + 1 then last = bound end
  found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', last, 'WITHSCORES', 'LIMIT', 0, limit)
end

local token, again = 0, {}
local n = #found / 2
if n > 0 then
  token = math.max((tonumber(redis.call('HGET', KEYS[3], 'token')) or 0) + 1, micros)
  redis.call('HSET', KEYS[3], 'token', string.format('%.0f', token + n - 1))
  local ids = {}
  for i = 1, n do ids[i] = found[2 * i - 1] end
  local was = redis.call('HMGET', KEYS[2], unpack(ids))
  local ends, notes, of_priority = {}, {}, {}
  for i = 1, n do
    local attempts = ' 1 '
    if was[i] then
      local before, due = string.match(was[i], '^%d+ (%d+) (%S+)$')
      attempts = ' ' .. before + 1 .. ' '
      found[2 * i] = due
      again[#again + 1] = i
      again[#again + 1] = before + 1
    end
    local score = found[2 * i]
    local number = tonumber(score)
    local priority = number - math.floor(number)
    local till = of_priority[priority]
    if not till then
      till = string.format('%.17g', now + lease + priority)
      of_priority[priority] = till
    end
    ends[2 * i - 1] = till
    ends[2 * i] = ids[i]
    notes[2 * i - 1] = ids[i]
    notes[2 * i] = string.format('%.0f', token + i - 1) .. attempts .. score
  end
  redis.call('ZADD', KEYS[1], unpack(ends))
  redis.call('HSET', KEYS[2], unpack(notes))
end

local head, young = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '', ''
if head ~= '' and tonumber(head) < now + 1 then
  young = redis.call('ZREVRANGEBYSCORE', KEYS[1], string.format('(%.0f', now + 1), '-inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
end
return {string.format('%.0f', micros), string.format('%.0f', token), head, young, found, again}
