-- Notes that a message has come back which the other side had taken over.
--
-- KEYS[1]  the message, a hash
-- ARGV[1]  now, in ms
-- ARGV[2]  what was said
--
-- Result: nil when there is no such message, '' when it is on its way still, else its JSON. The same again changes nothing.
local m = redis.call('HMGET', KEYS[1], 'message', 'state', 'problem')
if not m[1] then
	return nil
end
if m[2] == 'queued' or m[2] == 'sending' then
	return ''
end
if m[2] ~= 'failed' or m[3] ~= ARGV[2] then
	redis.call('HSET', KEYS[1], 'state', 'failed', 'at', ARGV[1], 'problem', ARGV[2])
	redis.call('HDEL', KEYS[1], 'unsure')
end
return m[1]
