type Preference = 'theme' | 'language';

/** The user's choices for this browser; undefined if the browser stores nothing. */
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
    // the choice is kept until the page is left
  }
}
