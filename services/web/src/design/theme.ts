import { useState } from 'react';
import { readPreference, writePreference } from './preference.js';

export type Theme = 'system' | 'light' | 'dark';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

/** Returns the chosen theme, the next theme, and a function that switches to the next theme. */
export function useTheme(): { theme: Theme; nextTheme: Theme; switchTheme: () => void } {
  const [theme, setTheme] = useState(readTheme);
  const nextTheme = next[theme];
  return {
    theme,
    nextTheme,
    switchTheme() {
      writePreference('theme', nextTheme);
      if (nextTheme === 'system') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = nextTheme;
      setTheme(nextTheme);
    },
  };
}

function readTheme(): Theme {
  const stored = readPreference('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
