import type { Intent } from './intent.js';
import { keyedWrites } from './keyed-writes.js';

export interface IntentStore {
  /** The same array until something changes. */
  list: () => readonly Intent[];
  add: (intent: Intent) => void;
  remove: (key: string) => void;
  /** Removes all of them from this computer. */
  clear: () => void;
  /**
   * Calls the listener for changes of this tab and, by `storageChanged`, of others.
   * @returns a function that ends it
   */
  subscribe: (listener: () => void) => () => void;
  /** Another tab may have written: reads again. */
  storageChanged: () => void;
}

/**
 * Intents without a reply, kept over reloads, separately for each user. If the browser stores nothing (private mode,
 * storage full) they live as long as the page, so that a user can still pay.
 */
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
      // it is kept in memory
    }
    listeners.forEach((listener) => listener());
  }

  return {
    list: () => intents,
    // Read first, because another tab may have added its own meanwhile.
    add: (intent) => change([...(read() ?? intents).filter(({ key }) => key !== intent.key), intent]),
    remove: (key) => change((read() ?? intents).filter((intent) => intent.key !== key)),
    clear() {
      change([]);
      try {
        storage?.removeItem(name);
      } catch {
        // the browser has no storage, so nothing is stored
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
