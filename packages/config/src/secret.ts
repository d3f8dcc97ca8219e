import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

/** A value that prints as `[secret]` everywhere. Search for `reveal` to find every use of a secret. */
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
