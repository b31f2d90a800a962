-- What a call's end adds to its campaign's history; it is put in front of the scripts that end calls. P is the campaign's key prefix: all keys are in
-- its slot.
--
--   calls     stream  field entry: what became of an attempt, or of a call without one, as JSON
--   day:DATE  hash    what was counted on a day of the campaign's calendar

-- history_add writes a batch, as Go encodes it; '' writes nothing.
local function history_add(P, text)
  if text == '' then return end
  local batch = cjson.decode(text)
  for _, entry in ipairs(batch.entries) do
    redis.call('XADD', P .. 'calls', 'MAXLEN', '~', string.format('%.0f', batch.most), '*', 'entry', entry)
  end
  local day = P .. 'day:' .. batch.day
  for field, n in pairs(batch.counts) do redis.call('HINCRBY', day, field, n) end
  redis.call('EXPIREAT', day, string.format('%.0f', batch.expire))
end
