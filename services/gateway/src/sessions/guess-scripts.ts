/**
 * A counter is a hash: `failures`, `notBefore` and `triedAt`. Times are milliseconds of Redis' clock, because the
 * clocks of gateways differ.
 */

/**
 * Counts a failure before the password is checked, so that parallel attempts cannot bypass the limit.
 * - KEYS[1]: the counter of the account
 * - KEYS[2]: the counter of the device; if the device is unknown, KEYS[1] again
 * - ARGV[1]: 1 if the device is known
 * - ARGV[2]: the number of failures before delays begin
 * - ARGV[3]: the longest delay of an unknown device in ms
 * - ARGV[4]: the number of failures after which only known devices can try
 * - ARGV[5]: the longest delay of a known device in ms. After ARGV[4] failures, also the pause between its attempts
 * - ARGV[6]: the lifetime of a counter in ms
 *
 * Returns, for example:
 * - [[KEYS[1], 9000, 7000]]: the attempt can start. For each counter with a new failure: the key, the new `notBefore`
 *   and the former `notBefore`. After ARGV[4] failures, an attempt of a known device is not counted in KEYS[1]
 * - 5000: wait 5000 ms
 * - -5000: only known devices can try; the counter expires in 5000 ms
 */
export const BEGIN_GUESS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free, longest, most, pause = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local function read(key, field) return tonumber(redis.call('HGET', key, field) or 0) end
local function count(key, delayMost)
  local failures, former = read(key, 'failures') + 1, read(key, 'notBefore')
  local delay = failures > free and math.min(delayMost, 1000 * 2 ^ math.min(failures - free - 1, 30)) or 0
  redis.call('HSET', key, 'failures', failures, 'triedAt', now, 'notBefore', now + delay)
  redis.call('PEXPIRE', key, ARGV[6])
  return { key, now + delay, former }
end
local isLocked = read(KEYS[1], 'failures') >= most
if ARGV[1] == '1' and read(KEYS[2], 'failures') < most then
  local notBefore = read(KEYS[2], 'notBefore')
  if isLocked then notBefore = math.max(notBefore, read(KEYS[2], 'triedAt') + pause) end
  if now < notBefore then return notBefore - now end
  local counted = { count(KEYS[2], pause) }
  if not isLocked then counted[2] = count(KEYS[1], longest) end
  return counted
end
if isLocked then return -math.max(1, redis.call('PTTL', KEYS[1])) end
local notBefore = read(KEYS[1], 'notBefore')
if now < notBefore then return notBefore - now end
return { count(KEYS[1], longest) }
`;

/**
 * `BEGIN_GUESS` counts a failure in advance. If the password is then not checked, this script subtracts the failure.
 * Call the script for each counter that `BEGIN_GUESS` returned, and for no other counter. Otherwise, the script would
 * subtract a failure of another attempt, and so unlock a locked account.
 * - KEYS[1]: the counter
 * - ARGV[1]: the `notBefore` that `BEGIN_GUESS` wrote
 * - ARGV[2]: the former `notBefore`
 *
 * Also restores the former delay, unless a later attempt has caused its own delay.
 */
export const FORGET_GUESS = `
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
if failures == 0 then return end
redis.call('HSET', KEYS[1], 'failures', failures - 1)
if tonumber(redis.call('HGET', KEYS[1], 'notBefore')) == tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'notBefore', ARGV[2])
end
`;
