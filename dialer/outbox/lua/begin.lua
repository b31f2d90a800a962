-- Takes a message to be delivered, under a fencing token.
--
-- KEYS[1]  the message, a hash
-- ARGV[1]  token
-- ARGV[2]  now, in ms
--
-- Result: nil when there is none; false in place of the message when it is settled, or in the hands of a higher token; else its JSON, and how
-- often it was tried, this time included. Who had it before and never said what became of it may have delivered it: then it is marked so.
local m = redis.call('HMGET', KEYS[1], 'message', 'state', 'token', 'handed')
if not m[1] then
	return nil
end
if (m[2] ~= 'queued' and m[2] ~= 'sending') or tonumber(m[3]) > tonumber(ARGV[1]) then
	return {''}
end
if m[4] == '1' then
	redis.call('HSET', KEYS[1], 'twice', '1')
end
redis.call('HSET', KEYS[1], 'state', 'sending', 'token', ARGV[1], 'handed', '0', 'at', ARGV[2])
return {m[1], redis.call('HINCRBY', KEYS[1], 'attempts', 1)}
