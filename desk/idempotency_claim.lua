-- Reserves an idempotency key, or tells what is known of it.
--
-- KEYS[1]  hs:idem:HASH
-- ARGV[1]  fingerprint of the request
-- ARGV[2]  owner: who works on it now
-- ARGV[3]  milliseconds after which an unfinished claim ends
--
-- Result: empty when the key is now the owner's; else {fingerprint, status, type, body} of the earlier request, status being empty
-- while it is worked on.

local known = redis.call('HMGET', KEYS[1], 'print', 'status', 'type', 'body')
if known[1] then
  return {known[1], known[2] or '', known[3] or '', known[4] or ''}
end
redis.call('HSET', KEYS[1], 'print', ARGV[1], 'owner', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {}
