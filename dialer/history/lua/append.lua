-- Writes the history of a call whose record is no longer its own. It comes after history.lua.
--
-- KEYS  1 calls  2 callsonce: ids of the calls written by this script, by when, in ms
-- ARGV  1 the campaign's key prefix  2 the call's id  3 the batch  4 now, in ms  5 how long an id is remembered, in ms
-- Result  1 written; 0 it was before
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', tonumber(ARGV[4]) - tonumber(ARGV[5]))
if redis.call('ZADD', KEYS[2], 'NX', ARGV[4], ARGV[2]) == 0 then return 0 end
history_add(ARGV[1], ARGV[3])
return 1
