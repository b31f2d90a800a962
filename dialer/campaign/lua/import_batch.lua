-- Adds a batch of records to the list together with how far the import came, so that each row counts exactly once however
-- often the import is stopped and started.
--
-- KEYS  1 import  2 rec  3 num  4 ready  5 seq
-- ARGV  1 offset up to which the file was imported before: another importer of the same file is noticed by it
--       2 offset up to which it is imported with this batch
--       3 progress (JSON) to keep
--       4 nonce of the batch: the same one again changes nothing and gets the same answer
--       5 the campaign's key prefix
--       then for each record: id ('' to number it), record (JSON beginning {"s":[import,line]), its numbers with a space between, its class,
--       its sort key ('' for none), how its name is found (a line each)
-- Result  {1, verdicts} or {0, offset found} when that is not the expected one
--         verdicts is a JSON list of the records that were not added, each
--         [index from 0, "id" or "number", the value, id of the record that has it, import and line that brought that one]
local was = redis.call('HMGET', KEYS[1], 'offset', 'batch', 'verdicts')
if was[2] == ARGV[4] then return {1, was[3]} end
if was[1] ~= ARGV[1] then return {0, was[1] or ''} end

-- chunked calls a command with as many arguments as Lua's stack takes at a time.
local function chunked(command, key, args)
  local replies = {}
  for first = 1, #args, 1000 do
    local reply = redis.call(command, key, unpack(args, first, math.min(first + 999, #args)))
    if type(reply) == 'table' then
      for i = 1, math.min(1000, #args - first + 1) do replies[first + i - 1] = reply[i] end
    end
  end
  return replies
end

local ids, numbers = {}, {}
local P = ARGV[5]
for i = 6, #ARGV, 6 do
  if ARGV[i] ~= '' then ids[#ids + 1] = ARGV[i] end
  for number in string.gmatch(ARGV[i + 2], '%S+') do numbers[#numbers + 1] = number end
end
local id_owner, number_owner = {}, {}
for i, record in ipairs(chunked('HMGET', KEYS[2], ids)) do
  if record then id_owner[ids[i]] = record end
end
for i, id in ipairs(chunked('HMGET', KEYS[3], numbers)) do
  if id then number_owner[numbers[i]] = id end
end

local place = tonumber(redis.call('HGET', KEYS[5], 'place') or 0)
local fresh = place == 0
local last = tonumber(redis.call('HGET', KEYS[5], 'id') or 0)
local records, index, waiting, verdicts, names = {}, {}, {}, {}, {} -- waiting: by class

local function refuse(row, kind, value, owner, record)
  local import, line = string.match(record or redis.call('HGET', KEYS[2], owner) or '', '^{"s":%[(%d+),(%d+)%]')
  verdicts[#verdicts + 1] = {row, kind, value, owner, tonumber(import or 0), tonumber(line or 0)}
end

for i = 6, #ARGV, 6 do
  local id, record, row = ARGV[i], ARGV[i + 1], (i - 6) / 6
  local taken
  if id ~= '' and id_owner[id] then
    refuse(row, 'id', id, id, id_owner[id])
    taken = true
  else
    for number in string.gmatch(ARGV[i + 2], '%S+') do
      local owner = number_owner[number]
      if owner then
        refuse(row, 'number', number, owner, id_owner[owner])
        taken = true
        break
      end
    end
  end
  if not taken then
    if id == '' then
      repeat
        last = last + 1
        id = string.format('%d', last)
      until not id_owner[id] and redis.call('HEXISTS', KEYS[2], id) == 0
    end
    place = place + 1
    id_owner[id] = record
    records[#records + 1] = id
    records[#records + 1] = record
    local class = ARGV[i + 3]
    local ready = waiting[class]
    if not ready then
      ready = {}
      waiting[class] = ready
    end
    ready[#ready + 1] = filing_score(place, 0, ARGV[i + 4])
    ready[#ready + 1] = id
    for name in string.gmatch(ARGV[i + 5], '[^\n]+') do
      names[#names + 1] = 0
      names[#names + 1] = name .. '\0' .. id
    end
    for number in string.gmatch(ARGV[i + 2], '%S+') do
      number_owner[number] = id
      index[#index + 1] = number
      index[#index + 1] = id
    end
  end
end

-- An index of names that began with the first record has all of them; see find.go.
if fresh then redis.call('HSET', KEYS[5], 'named', '1') end
chunked('HSET', KEYS[2], records)
chunked('ZADD', P .. 'names', names)
chunked('HSET', KEYS[3], index)
for class, ready in pairs(waiting) do
  local kept, key = filing_class(P, class), KEYS[4]
  if kept ~= '' then key = P .. 'q:' .. kept end
  chunked('ZADD', key, ready)
end
redis.call('HSET', KEYS[5], 'place', string.format('%d', place), 'id', string.format('%d', last))
local answer = '[]'
if #verdicts > 0 then answer = cjson.encode(verdicts) end
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'progress', ARGV[3], 'verdicts', answer, 'batch', ARGV[4])
return {1, answer}
