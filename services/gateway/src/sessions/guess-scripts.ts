/**
 * Both scripts get KEYS 1 the account's counter, 2 the device's (the account's again, if the device is not known). A
 * counter is a hash: consecutive `failures`, `notBefore` and `triedAt` in ms of Redis' clock, so that no gateway's
 * clock decides.
 */

/**
 * ARGV 1 whether the device is known, 2 failures without a delay, 3 longest delay in ms, 4 failures after which only
 * known devices may try, 5 how long such a device waits between two attempts in ms, 6 how long a counter is kept in
 * ms. Counts the attempt as a failure before it is made, so that parallel attempts do not bypass the limit. Returns
 * 0, or the ms to wait, or minus the ms until the counter ends if only a known device may try.
 */
export const BEGIN_GUESS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local free, longest, most, pause = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local function read(key, field) return tonumber(redis.call('HGET', key, field) or 0) end
local function count(key, delayMost)
  local failures = read(key, 'failures') + 1
  local delay = failures > free and math.min(delayMost, 1000 * 2 ^ math.min(failures - free - 1, 30)) or 0
  redis.call('HSET', key, 'failures', failures, 'triedAt', now, 'notBefore', now + delay)
  redis.call('PEXPIRE', key, ARGV[6])
end
local isLocked = read(KEYS[1], 'failures') >= most
if ARGV[1] == '1' and read(KEYS[2], 'failures') < most then
  local notBefore = read(KEYS[2], 'notBefore')
  if isLocked then notBefore = math.max(notBefore, read(KEYS[2], 'triedAt') + pause) end
  if now < notBefore then return notBefore - now end
  count(KEYS[2], pause)
  if not isLocked then count(KEYS[1], longest) end
  return 0
end
if isLocked then return -math.max(1, redis.call('PTTL', KEYS[1])) end
local notBefore = read(KEYS[1], 'notBefore')
if now < notBefore then return notBefore - now end
count(KEYS[1], longest)
return 0
`;

/** Subtracts one failure from each counter, because the password was not checked. */
export const FORGET_GUESS = `
for _, key in ipairs(KEYS[1] == KEYS[2] and { KEYS[1] } or KEYS) do
  if tonumber(redis.call('HGET', key, 'failures') or 0) > 0 then
    redis.call('HSET', key, 'failures', redis.call('HGET', key, 'failures') - 1, 'notBefore', 0)
  end
end
`;
