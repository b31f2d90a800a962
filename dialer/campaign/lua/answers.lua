-- Adds to the counts of a measuring period and forgets those of periods before the last one.
--
-- KEYS  1 answers
-- ARGV  1 period  2 the period before  3 live to add  4 abandoned to add
-- Result  {live, abandoned} of the period
if tonumber(ARGV[3]) ~= 0 or tonumber(ARGV[4]) ~= 0 then
  if redis.call('HEXISTS', KEYS[1], ARGV[1] .. ':live') == 0 then
    for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
      local period = string.match(field, '^(.*):')
      if period ~= ARGV[1] and period ~= ARGV[2] then redis.call('HDEL', KEYS[1], field) end
    end
  end
  redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':live', ARGV[3])
  redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':abandoned', ARGV[4])
end
return {tonumber(redis.call('HGET', KEYS[1], ARGV[1] .. ':live') or 0), tonumber(redis.call('HGET', KEYS[1], ARGV[1] .. ':abandoned') or 0)}
