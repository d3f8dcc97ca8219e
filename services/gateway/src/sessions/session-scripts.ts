/**
 * Changes of sessions must be atomic, so they are Redis scripts. Common arguments:
 * - KEYS[1]: the index of the user's sessions (hash: public id → record)
 * - KEYS[2]: their last-seen times (sorted set)
 * - KEYS[3]: the time of the last `revokeOtherSessions`
 * - ARGV[1]: the prefix of session keys
 * - ARGV[2]: the channel on which all gateways receive revocations
 *
 * READ_CLOCK does not get these arguments.
 */
const REVOKE_FUNCTION = `
local function revoke(id)
  local record = redis.call('HGET', KEYS[1], id)
  if not record then return false end
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  local kept = cjson.decode(record)
  -- After a move to a new secret id, the session is also stored under its former id for an hour.
  local existed = redis.call('DEL', ARGV[1] .. kept.sid, ARGV[1] .. (kept.formerSid or kept.sid)) > 0
  if existed then redis.call('PUBLISH', ARGV[2], id) end
  return existed
end
`;

/**
 * Stores a new session. Further arguments:
 * - KEYS[4]: the session
 * - ARGV[3]: its content
 * - ARGV[4]: its time to live in seconds
 * - ARGV[5]: its public id
 * - ARGV[6]: its record
 * - ARGV[7]: the time in ms
 * - ARGV[8]: the start of the sign-in in µs of Redis' clock
 * - ARGV[9]: the lifetime of the index in seconds
 * - ARGV[10]: the highest number of sessions of a user
 *
 * Returns:
 * - `opened`: success, also on a second run after a broken connection
 * - `swept`: `revokeOtherSessions` ran after the start of the sign-in, so the password can be old
 * - `taken`: a different session has this secret id
 *
 * If the user has too many sessions, a sign-in ends the session with the oldest last-seen time. So the new session gets
 * the latest time, even if the gateway's clock is behind.
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
 * Stores a session under a new secret id. Further arguments:
 * - KEYS[4]: the session under its former secret id
 * - KEYS[5]: the session under its new secret id
 * - KEYS[6]: the key that stores the new id for concurrent requests
 * - ARGV[3]: the public id
 * - ARGV[4]: the former secret id
 * - ARGV[5]: the new secret id
 * - ARGV[6]: the content of the session
 * - ARGV[7]: its time to live in seconds
 * - ARGV[8]: how many seconds the former id stays valid
 * - ARGV[9]: how many seconds KEYS[6] is stored
 *
 * A second call returns the new id of the first call. Returns false if the session does not exist.
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

/**
 * Revokes a session. Further argument:
 * - ARGV[3]: the public id of the session
 *
 * Returns 1 if the user had a session with this id.
 */
export const revokeSession = `${REVOKE_FUNCTION}
return revoke(ARGV[3]) and 1 or 0
`;

/**
 * Revokes all sessions of a user, but keeps one session. Further arguments:
 * - ARGV[3]: the public id of the session to keep
 * - ARGV[4]: how many seconds KEYS[3] is stored
 * - ARGV[5]: for how many µs after this call a new sign-in is also refused
 *
 * Returns the public ids of the revoked sessions.
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

/** Returns the time of Redis. The SET checks that Redis accepts writes: it fails if Redis is full or is a replica. */
export const READ_CLOCK = `
redis.call('SET', KEYS[1], '', 'PX', 1000)
return redis.call('TIME')
`;
