import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { createIntentStore, type IntentStore } from './intent-store.js';
import type { Intent } from './intent.js';

interface Intents {
  store: IntentStore;
  /** The key of the intent that a form on the page is sending. */
  heldKey: string | undefined;
  hold: (key: string | undefined) => void;
}

const IntentsContext = createContext<Intents | undefined>(undefined);

/** Provides the intents of the signed-in user, including changes by other tabs. */
export function IntentsProvider({ userId, children }: { userId: string; children: ReactNode }) {
  const store = useMemo(() => createIntentStore(browserStorage(), userId), [userId]);
  const [heldKey, hold] = useState<string>();
  useEffect(() => {
    const changed = () => store.storageChanged();
    window.addEventListener('storage', changed);
    return () => window.removeEventListener('storage', changed);
  }, [store]);
  const intents = useMemo(() => ({ store, heldKey, hold }), [store, heldKey]);
  return <IntentsContext.Provider value={intents}>{children}</IntentsContext.Provider>;
}

export function useIntents(): Intents {
  const intents = useContext(IntentsContext);
  if (!intents) throw new Error('useIntents is used outside of IntentsProvider.');
  return intents;
}

/** All intents without a final reply. */
export function useStoredIntents(): readonly Intent[] {
  const { store } = useIntents();
  return useSyncExternalStore(store.subscribe, store.list);
}

/** All intents without a final reply, except an intent that a form is sending. */
export function useOpenIntents(): readonly Intent[] {
  const { heldKey } = useIntents();
  return useStoredIntents().filter(({ key }) => key !== heldKey);
}

function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
