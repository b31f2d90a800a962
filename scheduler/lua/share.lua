-- Shares the shards out among the processes that are alive; each calls it again and again.
--
-- KEYS  1 members  2 owners
-- ARGV  1 process  2 number of shards  3 length of the membership's lease in ms; 0 to leave  4 channel to wake runners
-- Result  {number of processes, then the shards that are this process's}
--
-- Nobody takes a shard from the living: who has more than its part lets go, who has less takes what is free. Who was not
-- heard of for the length of the lease is dead.
local me, shards, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if lease > 0 then
  redis.call('ZADD', KEYS[1], now + lease, me)
else
  redis.call('ZREM', KEYS[1], me)
end
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(members)
local rank, alive = nil, {}
for i, member in ipairs(members) do
  alive[member] = true
  if member == me then rank = i end
end

local owner = {}
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local shard = tonumber(all[i])
  if alive[all[i + 1]] and shard < shards then
    owner[shard] = all[i + 1]
  else
    redis.call('HDEL', KEYS[2], all[i])
  end
end

local reply, freed = {#members}, lease == 0
if rank then
  local part = math.floor(shards / #members)
  if rank <= shards % #members then part = part + 1 end
  local mine = {}
  for shard = 0, shards - 1 do
    if owner[shard] == me then mine[#mine + 1] = shard end
  end
  while #mine > part do
    redis.call('HDEL', KEYS[2], table.remove(mine))
    freed = true
  end
  for shard = 0, shards - 1 do
    if #mine >= part then break end
    if not owner[shard] then
      redis.call('HSET', KEYS[2], shard, me)
      mine[#mine + 1] = shard
    end
  end
  for _, shard in ipairs(mine) do reply[#reply + 1] = shard end
end
if freed and #members > 0 then redis.call('PUBLISH', ARGV[4], 'share') end
return reply
