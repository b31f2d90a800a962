-- Reads a record and where it is, at one moment.
--
-- KEYS  1 rec  2 hist  3 lease  4 out  5 ready  6 cbrec
-- ARGV  1 id
-- Result  {record, history, lease, lease end in ms, place, promise}, '' for what there is not; nil when there is no such record
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return nil end
return {
  record,
  redis.call('HGET', KEYS[2], ARGV[1]) or '',
  redis.call('HGET', KEYS[3], ARGV[1]) or '',
  redis.call('ZSCORE', KEYS[4], ARGV[1]) or '',
  redis.call('ZSCORE', KEYS[5], ARGV[1]) or '',
  redis.call('HGET', KEYS[6], ARGV[1]) or '',
}
