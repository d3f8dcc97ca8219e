/** `rateLimitWindowS` → `RATE_LIMIT_WINDOW_S`. */
export function settingName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** The service's own form of a name, which has priority over the shared one. So one `.env` can serve all services. */
export function ownSettingName(service: string, key: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_${settingName(key)}`;
}
