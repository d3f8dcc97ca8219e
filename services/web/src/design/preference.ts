type Preference = 'theme' | 'language';

/** Reads a stored choice of the user. Null without a choice, or if the browser blocks its storage. */
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
    // If the browser blocks its storage, the choice applies only until the page is closed or reloaded.
  }
}
