import type { Front } from './front.ts';
import type { Person } from './second-client.ts';

export interface Target {
  front: Front;
  attacker: Person;
  /** Gives an account 150,000 entries. */
  makeLarge: (accountId: string) => Promise<void>;
}

/** What somebody could do to the platform. `run` lasts as long as the attack does: seconds, and hundreds of sockets at most. */
export interface Attack {
  name: string;
  run(target: Target): Promise<void>;
}
