-- Notes that from now on the message may have been delivered.
--
-- KEYS[1]  the message, a hash
-- ARGV[1]  token
--
-- Result: 1, or 0 when the message is no longer under this token.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'state') ~= 'sending' then
	return 0
end
redis.call('HSET', KEYS[1], 'handed', '1')
return 1
