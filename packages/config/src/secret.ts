import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

/**
 * A value that prints as `[secret]` in strings, templates, JSON, the console and the log. Only `reveal()` returns the
 * value, so a search for `reveal` finds every use of a secret.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }

  [inspect.custom](): string {
    return PLACEHOLDER;
  }
}
