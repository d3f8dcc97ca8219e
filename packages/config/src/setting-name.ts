/** `rateLimitWindowS` → `RATE_LIMIT_WINDOW_S`. */
export function settingName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/**
 * The setting's name with the service's prefix. This name has priority over the name without a prefix, so that one
 * `.env` file can configure all services.
 */
export function ownSettingName(service: string, key: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_${settingName(key)}`;
}
