export { ConfigError, type SettingProblem } from './config-error.js';
export { loadConfig, type LoadConfigOptions } from './load-config.js';
export { Secret } from './secret.js';
export {
  durationMs,
  flag,
  integer,
  list,
  port,
  ratio,
  secret,
  secretList,
  secretUrl,
  text,
  url,
} from './setting-types.js';
export { settingName } from './setting-name.js';
export { settingsTable } from './settings-table.js';
export { envExample } from './env-example.js';
