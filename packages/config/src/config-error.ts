export interface SettingProblem {
  /** Environment name, as the operator would set it. */
  setting: string;
  problem: string;
}

/** Every wrong setting, in one message for the operator. It contains names and rules, never a value. */
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
