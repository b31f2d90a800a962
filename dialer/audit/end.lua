-- Notes the end of an entry of the audit log, once.
-- KEYS: 1 the hash of the entries
-- ARGV: 1 the entry's id, 2 when it ended (RFC 3339), 3 why
-- Result: 1 if noted, 0 if the entry has ended already or is not there.
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 0 end
local entry = cjson.decode(text)
if entry.to then return 0 end
entry.to = ARGV[2]
if ARGV[3] ~= '' then entry.why = ARGV[3] end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))
return 1
