-- Begins an import, or finds how far it came.
--
-- KEYS  1 import  2 seq
-- ARGV  1 what the import is about (JSON), kept from the first time
-- Result  {number of the import in its campaign, offset committed, about, progress, verdicts of the last batch, its nonce}; progress and verdicts
--         are '' before the first batch
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'number', redis.call('HINCRBY', KEYS[2], 'import', 1), 'offset', 0, 'about', ARGV[1],
    'progress', '', 'verdicts', '', 'batch', '')
end
return redis.call('HMGET', KEYS[1], 'number', 'offset', 'about', 'progress', 'verdicts', 'batch')
