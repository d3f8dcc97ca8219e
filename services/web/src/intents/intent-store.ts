import type { Intent } from './intent.js';
import { keyedWrites } from './keyed-writes.js';

export interface IntentStore {
  /** Returns the same array object until the next change or call of `storageChanged`. */
  list: () => readonly Intent[];
  add: (intent: Intent) => void;
  remove: (key: string) => void;
  /** Removes all intents of this user from the browser's storage. */
  clear: () => void;
  /**
   * Calls the listener after each change, and after each call of `storageChanged`.
   * @returns a function that removes the listener
   */
  subscribe: (listener: () => void) => () => void;
  /** Reads the storage again, because a different tab may have changed it. */
  storageChanged: () => void;
}

/** Stores the intents of one user. If the browser blocks its storage, a reload loses the intents. */
export function createIntentStore(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined,
  userId: string,
): IntentStore {
  const name = `mainstay.intents.${userId}`;
  const listeners = new Set<() => void>();
  let intents = read() ?? [];

  function read(): Intent[] | undefined {
    try {
      const text = storage?.getItem(name);
      const value: unknown = text ? JSON.parse(text) : [];
      return Array.isArray(value) ? value.filter(isIntent) : [];
    } catch {
      return undefined;
    }
  }

  function change(next: Intent[]): void {
    intents = next;
    try {
      storage?.setItem(name, JSON.stringify(next));
    } catch {
      // The browser's storage is blocked or full, so the change is only in memory.
    }
    listeners.forEach((listener) => listener());
  }

  return {
    list: () => intents,
    // A different tab may have added intents, so read the storage first.
    add: (intent) => change([...(read() ?? intents).filter(({ key }) => key !== intent.key), intent]),
    remove: (key) => change((read() ?? intents).filter((intent) => intent.key !== key)),
    clear() {
      change([]);
      try {
        storage?.removeItem(name);
      } catch {
        // The browser blocks its storage.
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    storageChanged() {
      intents = read() ?? intents;
      listeners.forEach((listener) => listener());
    },
  };
}

function isIntent(value: unknown): value is Intent {
  if (typeof value !== 'object' || value === null) return false;
  const { key, kind, order, createdAt } = value as Record<string, unknown>;
  return (
    typeof key === 'string' &&
    typeof kind === 'string' &&
    Object.hasOwn(keyedWrites, kind) &&
    typeof order === 'object' &&
    order !== null &&
    typeof createdAt === 'number'
  );
}
