import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { readPreference, writePreference } from '../design/preference.js';
import type { Strings } from './en.js';

export type Language = 'en' | 'de';

interface Reader {
  strings: Strings;
  language: Language;
  /**
   * Locale for Intl, for example `en-GB`. The locale is the first browser language that matches `language`. If no
   * browser language matches, the locale is `language` itself, for example `en`.
   */
  locale: string;
  switchLanguage: () => void;
}

const ReaderContext = createContext<Reader | undefined>(undefined);

/** Returns the texts of the web UI, and the locale for dates and numbers. */
export function useReader(): Reader {
  const reader = useContext(ReaderContext);
  if (!reader) throw new Error('useReader is used outside of ReaderProvider.');
  return reader;
}

/** Returns the user's choice, or the first supported language of the browser, or English. */
export function firstLanguage(): Language {
  const chosen = readPreference('language');
  if (chosen === 'en' || chosen === 'de') return chosen;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'en' || tag === 'de');
  return known === 'de' ? 'de' : 'en';
}

/** Loads the texts of one language. */
export async function loadStrings(language: Language): Promise<Strings> {
  return language === 'de' ? (await import('./de.js')).de : (await import('./en.js')).en;
}

interface ReaderProviderProps {
  first: { language: Language; strings: Strings };
  children: ReactNode;
}

export function ReaderProvider({ first, children }: ReaderProviderProps) {
  const [{ language, strings }, setSpoken] = useState(first);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const reader = useMemo<Reader>(
    () => ({
      strings,
      language,
      locale: navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language,
      switchLanguage() {
        const next = language === 'en' ? 'de' : 'en';
        writePreference('language', next);
        void loadStrings(next).then((loaded) => setSpoken({ language: next, strings: loaded }));
      },
    }),
    [language, strings],
  );
  return <ReaderContext.Provider value={reader}>{children}</ReaderContext.Provider>;
}
