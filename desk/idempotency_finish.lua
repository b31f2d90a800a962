-- Keeps the answer to a request, or frees its idempotency key.
--
-- KEYS[1]  hs:idem:HASH
-- ARGV[1]  owner, as given when the key was claimed
-- ARGV[2]  milliseconds to keep the answer
-- ARGV[3..5]  status, type and body of the answer; left out: there is none to repeat, the key is freed
--
-- Result: 1 when done; 0 when the key has another owner by now, then nothing is changed.

if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
if #ARGV == 2 then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'type', ARGV[4], 'body', ARGV[5])
redis.call('HDEL', KEYS[1], 'owner')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
