type Preference = 'theme' | 'language';

/** What a person has chosen for this browser; nothing where it keeps nothing. */
export function readPreference(name: Preference): string | null {
  try {
    return localStorage.getItem(`mainstay.${name}`);
  } catch {
    return null;
  }
}

export function writePreference(name: Preference, value: string): void {
  try {
    localStorage.setItem(`mainstay.${name}`, value);
  } catch {
    // it holds until the page is left
  }
}
