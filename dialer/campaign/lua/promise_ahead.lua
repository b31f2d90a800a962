-- Looks for the callbacks that agents are given now or soon: those that wait in queues, and those whose time comes.
--
-- KEYS  1 shun
-- ARGV  1 the campaign's key prefix  2 how far to look ahead in ms  3 how many to look for in each queue, and of those to come
--       4… queues
-- Result  of each {id, due in ms, the queue that it is in or comes into, agents who refused it lately, joined by line breaks}
local P, within, most, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), redis_ms()
local wanted, all = {}, {}
for i = 4, #ARGV do wanted[ARGV[i]] = true end

-- Refusals are few: who refused a record, by record.
local refused, any = {}, false
for _, pair in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'LIMIT', 0, 1000)) do
  local agent, record = string.match(pair, '^([^\n]*)\n(.*)$')
  if agent then
    refused[record], any = (refused[record] and refused[record] .. '\n' or '') .. agent, true
  end
end

local function add(id, due, queue)
  local by = ''
  if any then by = refused[redis.call('HGET', promise_key(P, id), 'record')] or '' end
  all[#all + 1] = {id, due, queue, by}
end

for queue in pairs(wanted) do
  local found = redis.call('ZRANGE', P .. 'cbq:' .. queue, 0, most - 1, 'WITHSCORES')
  for i = 1, #found, 2 do add(found[i], found[i + 1], queue) end
end

-- What came due a moment ago may not have been woken yet.
local soon = redis.call('ZRANGEBYSCORE', P .. 'cbidle', now - 60000, now + within, 'WITHSCORES', 'LIMIT', 0, most)
for i = 1, #soon, 2 do
  local f = redis.call('HMGET', promise_key(P, soon[i]), 'state', 'owner')
  if f[1] == 'waiting' then
    local queue = promise_pool(P, soon[i])
    if f[2] ~= '' then queue = 'a:' .. f[2] end
    if wanted[queue] then add(soon[i], soon[i + 1], queue) end
  end
end
return all
