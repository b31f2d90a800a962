-- Keeps a new message. A repetition with the same content changes nothing.
--
-- KEYS[1]  the message, a hash
-- ARGV[1]  its JSON
-- ARGV[2]  now, in ms
--
-- Result: 1 when it is there with this content, 0 when it is there with another.
local there = redis.call('HGET', KEYS[1], 'message')
if there then
	return there == ARGV[1] and 1 or 0
end
redis.call('HSET', KEYS[1], 'message', ARGV[1], 'state', 'queued', 'token', 0, 'attempts', 0, 'at', ARGV[2])
return 1
