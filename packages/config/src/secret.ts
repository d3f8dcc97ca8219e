import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

/**
 * A value that prints as `[secret]` wherever it ends up by mistake: string, template, JSON, console, log.
 * `reveal()` is the one way to the value, so that its uses can be searched for.
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
