-- What a call's end adds to its campaign's history; it is put in front of the scripts that end calls. P is the campaign's key prefix: all keys are in
-- its slot.
--
--   calls     stream  field entry: what became of an attempt, or of a call without one, as JSON
--   callsof:RECORD list  ids of a record's entries, the latest thousand; gone when nothing was written for as long as entries are kept
--   day:DATE  hash    what was counted on a day of the campaign's calendar

-- history_add writes a batch, as Go encodes it; '' writes nothing. What is counted goes to the day in which Redis's clock says that it is written, so the
-- figures of a day are those of the entries whose ids are of that day, also where the clocks differ.
local function history_add(P, text)
  if text == '' then return end
  local batch, ids, id = cjson.decode(text), {}, nil
  for _, entry in ipairs(batch.entries) do
    id = redis.call('XADD', P .. 'calls', 'MAXLEN', '~', string.format('%.0f', batch.most), '*', 'entry', entry)
    ids[#ids + 1] = id
  end
  local of = P .. 'callsof:' .. batch.record
  for _, written in ipairs(ids) do redis.call('RPUSH', of, written) end
  redis.call('LTRIM', of, -1000, -1)
  redis.call('PEXPIRE', of, string.format('%.0f', batch.keep))
  local now, day = tonumber(string.match(id, '^%d+')), nil
  for _, d in ipairs(batch.days) do
    day = d
    if now < d.before then break end
  end
  local key = P .. 'day:' .. day.date
  for field, n in pairs(batch.counts) do redis.call('HINCRBY', key, field, n) end
  redis.call('EXPIREAT', key, string.format('%.0f', day.expire))
end
