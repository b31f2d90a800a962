-- Notes what became of a message.
--
-- KEYS[1]  the message, a hash
-- ARGV[1]  token
-- ARGV[2]  state: sent, failed, or queued to be tried again
-- ARGV[3]  now, in ms
-- ARGV[4]  what was wrong, '' for nothing
-- ARGV[5]  for how long to keep it once it is sent or failed, in ms
-- ARGV[6]  1 when it may have been delivered all the same
--
-- Result: 1, or 0 when the message is no longer under this token.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'state') ~= 'sending' then
	return 0
end
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'at', ARGV[3], 'problem', ARGV[4], 'handed', ARGV[6])
if ARGV[2] == 'queued' then
	return 1
end
if ARGV[6] == '1' and ARGV[2] == 'failed' then
	redis.call('HSET', KEYS[1], 'unsure', '1')
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
