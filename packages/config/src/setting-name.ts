/** `rateLimitWindowS` → `RATE_LIMIT_WINDOW_S`. */
export function settingName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** `gateway`, `port` → `GATEWAY_PORT`, which has priority over `PORT`. */
export function ownSettingName(service: string, key: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_${settingName(key)}`;
}
