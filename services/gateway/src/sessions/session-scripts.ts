/**
 * Changes to a session that must be atomic, as scripts of Redis. Every script gets KEYS 1 the user's index (hash:
 * public id → record), 2 the user's last-seen times (zset), 3 the instant of the user's last sweep; ARGV 1 prefix of
 * the session keys, 2 channel of revocations for all gateways.
 */
const REVOKE_FUNCTION = `
local function revoke(id)
  local record = redis.call('HGET', KEYS[1], id)
  if not record then return false end
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  local kept = cjson.decode(record)
  -- A session that moved to a new secret id is under its former one as well, for a while.
  local existed = redis.call('DEL', ARGV[1] .. kept.sid, ARGV[1] .. (kept.formerSid or kept.sid)) > 0
  if existed then redis.call('PUBLISH', ARGV[2], id) end
  return existed
end
`;

/**
 * KEYS 4 the session. ARGV 3 its content, 4 its time to live in seconds, 5 public id, 6 record, 7 now in ms, 8 when
 * its sign-in began in µs of Redis' clock, 9 life of the index in seconds, 10 most sessions a user may have. A sweep
 * after the sign-in began means that the checked password may be the old one. An existing session with this content
 * was written by the same script, sent a second time because the connection broke before its reply. A new session
 * counts as seen last, also where the gateway's clock was set back.
 */
export const openSession = `${REVOKE_FUNCTION}
local swept = redis.call('GET', KEYS[3])
if swept and tonumber(swept) >= tonumber(ARGV[8]) then return 'swept' end
if not redis.call('SET', KEYS[4], ARGV[3], 'EX', ARGV[4], 'NX') then
  return redis.call('GET', KEYS[4]) == ARGV[3] and 'opened' or 'taken'
end
while redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[10]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  revoke(oldest)
  redis.call('ZREM', KEYS[2], oldest)
end
redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
redis.call('ZADD', KEYS[2], string.format('%.0f', math.max(ARGV[7], newest or 0)), ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[9])
redis.call('EXPIRE', KEYS[2], ARGV[9])
return 'opened'
`;

/**
 * KEYS 4 the session under its former secret id, 5 under its new one, 6 where the new one is kept for concurrent
 * requests. ARGV 3 public id, 4 former secret id, 5 new one, 6 the session's content, 7 its time to live in seconds,
 * 8 for how many seconds the former id stays valid, 9 for how many the move is remembered. Returns the new id, also
 * of an earlier move; false if the session is gone, under either id.
 */
export const MOVE_SESSION = `
local moved = redis.call('GET', KEYS[6])
if moved then return redis.call('EXISTS', ARGV[1] .. moved) == 1 and moved end
local record = redis.call('HGET', KEYS[1], ARGV[3])
if not record or redis.call('EXISTS', KEYS[4]) == 0 then return false end
local kept = cjson.decode(record)
kept.sid = ARGV[5]
kept.formerSid = ARGV[4]
redis.call('SET', KEYS[5], ARGV[6], 'EX', ARGV[7])
redis.call('SET', KEYS[6], ARGV[5], 'EX', ARGV[9])
redis.call('HSET', KEYS[1], ARGV[3], cjson.encode(kept))
if redis.call('TTL', KEYS[4]) > tonumber(ARGV[8]) then redis.call('EXPIRE', KEYS[4], ARGV[8]) end
return ARGV[5]
`;

/** ARGV 3 public id. Returns 1 if the user had such a session. */
export const revokeSession = `${REVOKE_FUNCTION}
return revoke(ARGV[3]) and 1 or 0
`;

/**
 * ARGV 3 public id of the session to keep, 4 for how many seconds the sweep is remembered, 5 for how many µs new
 * sign-ins are refused too. Returns the revoked ids.
 */
export const revokeOtherSessions = `${REVOKE_FUNCTION}
local now = redis.call('TIME')
redis.call('SET', KEYS[3], string.format('%.0f', now[1] * 1000000 + now[2] + ARGV[5]), 'EX', ARGV[4])
local revoked = {}
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  if id ~= ARGV[3] and revoke(id) then revoked[#revoked + 1] = id end
end
return revoked
`;

/**
 * KEYS 1 a key that is written as a test: a Redis whose memory is full, or that is a replica, refuses the write. Returns the clock of Redis.
 */
export const READ_CLOCK = `
redis.call('SET', KEYS[1], '', 'PX', 1000)
return redis.call('TIME')
`;
