import { useSyncExternalStore } from 'react';

/** Whether the browser has a connection at all, as far as it knows. */
export function useOnline(): boolean {
  return useSyncExternalStore(hearOnline, () => navigator.onLine);
}

function hearOnline(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
