/**
 * A session and its record must change together, so these changes are Redis scripts. Common arguments:
 * - KEYS[1]: the index of the user's sessions (hash: public id → record)
 * - KEYS[2]: the last-seen times of the user's sessions (sorted set)
 * - KEYS[3]: a time in µs of Redis' clock. `openSession` refuses each sign-in that did not begin after this time.
 *   `revokeOtherSessions` sets the time
 * - ARGV[1]: the prefix of session keys
 * - ARGV[2]: the channel on which all gateways receive revocations
 *
 * `TOUCH_SESSION` and `READ_CLOCK` do not get these arguments.
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
 * Stores a new session. Arguments after the common arguments:
 * - KEYS[4]: the key of the session
 * - ARGV[3]: the content of the session
 * - ARGV[4]: the time to live of the session in seconds
 * - ARGV[5]: the public id of the session
 * - ARGV[6]: the record of the session for the index
 * - ARGV[7]: the time of the gateway's clock in ms
 * - ARGV[8]: the time when the sign-in began, in µs of Redis' clock
 * - ARGV[9]: the lifetime of the index in seconds
 * - ARGV[10]: the highest number of sessions of a user
 *
 * Returns:
 * - `opened`: the session is stored. A second call after a broken connection also returns `opened`
 * - `swept`: the sign-in did not begin after the time in KEYS[3], so the password of the sign-in can be out of date
 * - `taken`: a different session has this secret id
 *
 * If the user has too many sessions, this script ends the session with the oldest last-seen time. If the gateway's
 * clock is behind, a new session could have the oldest time and end too early. So the last-seen time of a new session
 * is never older than the last-seen times of the user's other sessions.
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
 * Stores a session under a new secret id. The comment of `REVOKE_FUNCTION` lists the common arguments. Further
 * arguments:
 * - KEYS[4]: the key of the session with the former secret id
 * - KEYS[5]: the key of the session with the new secret id
 * - KEYS[6]: the key that stores the new id for concurrent requests
 * - ARGV[3]: the public id
 * - ARGV[4]: the former secret id
 * - ARGV[5]: the new secret id
 * - ARGV[6]: the content of the session
 * - ARGV[7]: the time to live of the session in seconds
 * - ARGV[8]: highest number of seconds for which the former id stays valid
 * - ARGV[9]: how many seconds KEYS[6] is stored
 *
 * Returns the new secret id. A second call returns the new id of the first call. Returns false if the session does not
 * exist.
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
 * Extends the time to live of a session, and sets the last-seen time.
 * - KEYS[1]: the key of the session
 * - KEYS[2]: the key that `MOVE_SESSION` writes as KEYS[6], for the secret id in KEYS[1]
 * - KEYS[3]: the last-seen times of the user's sessions
 * - ARGV[1]: the time to live of the session in seconds
 * - ARGV[2]: the time of the gateway's clock in ms
 * - ARGV[3]: the public id of the session
 *
 * If the secret id is a former one, its time to live stays the same. Otherwise, requests over plain HTTP could keep the
 * former id valid for as long as the new one.
 */
export const TOUCH_SESSION = `
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
redis.call('ZADD', KEYS[3], 'XX', 'GT', ARGV[2], ARGV[3])
`;

/**
 * Revokes a session. Argument after the common arguments:
 * - ARGV[3]: the public id of the session
 *
 * Returns 1 if the user had a session with this id.
 */
export const revokeSession = `${REVOKE_FUNCTION}
return revoke(ARGV[3]) and 1 or 0
`;

/**
 * Revokes all sessions of a user except one session. Sets KEYS[3], so that `openSession` refuses all sign-ins that
 * began before this call. Arguments after the common arguments:
 * - ARGV[3]: the public id of the session that stays valid
 * - ARGV[4]: how many seconds KEYS[3] is stored
 * - ARGV[5]: number of µs after this call in which new sign-ins are refused too
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

/**
 * Returns the time of Redis. The SET command checks that Redis accepts writes. SET fails if Redis is full or is a
 * replica.
 */
export const READ_CLOCK = `
redis.call('SET', KEYS[1], '', 'PX', 1000)
return redis.call('TIME')
`;
