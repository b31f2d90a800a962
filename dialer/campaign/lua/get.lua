-- Reads a record and where it is, at one moment.
--
-- KEYS  1 rec  2 hist  3 lease  4 out  5 ready  6 cbrec
-- ARGV  1 id  2 the campaign's key prefix
-- Result  {record, history, lease, lease end in ms, place, promise, when it is due in ms, class}, '' for what there is not; nil when there is no
--         such record
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return nil end
local P = ARGV[2]
local place, due, class = redis.call('ZSCORE', KEYS[5], ARGV[1]), redis.call('ZSCORE', P .. 'later', ARGV[1]), ''
if due then
  place, class = string.match(redis.call('HGET', P .. 'filed', ARGV[1]) or '0 ', '^(%S+) (.*)$')
elseif not place then
  for _, name in ipairs(redis.call('SMEMBERS', P .. 'queues')) do
    place = redis.call('ZSCORE', P .. 'q:' .. name, ARGV[1])
    if place then
      class = name
      break
    end
  end
end
return {
  record,
  redis.call('HGET', KEYS[2], ARGV[1]) or '',
  redis.call('HGET', KEYS[3], ARGV[1]) or '',
  redis.call('ZSCORE', KEYS[4], ARGV[1]) or '',
  place or '',
  redis.call('HGET', KEYS[6], ARGV[1]) or '',
  due or '',
  class,
}
