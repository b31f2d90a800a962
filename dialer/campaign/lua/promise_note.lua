-- Writes a line into the ledger of a record's open promise.
--
-- KEYS  1 cbrec
-- ARGV  1 the campaign's key prefix  2 record  3 kind  4 by  5 text
-- Result  id of the promise, or ''
local id = redis.call('HGET', KEYS[1], ARGV[2])
if not id then return '' end
promise_log(ARGV[1], id, redis_ms(), ARGV[3], ARGV[4], ARGV[5])
return id
