export interface SettingProblem {
  /** The name of the environment variable that the operator sets. */
  setting: string;
  problem: string;
}

/** Lists every wrong setting in one message, which never contains the value of a setting. */
export class ConfigError extends Error {
  readonly problems: readonly SettingProblem[];

  constructor(service: string, problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? 'one setting is' : `${problems.length} settings are`;
    const lines = problems.map(({ setting, problem }) => `  ${setting} ${problem}`);
    super([`${service}: ${count} wrong:`, ...lines].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
