export interface DemoUser {
  email: string;
  password: string;
}

/** The demo users in the page that `npm start` serves. No other page has any. */
export const demoUsers: readonly DemoUser[] = readDemoUsers(
  typeof document === 'undefined'
    ? undefined
    : document.querySelector<HTMLMetaElement>('meta[name="demo-users"]')?.content,
);

/** The users in a text of JSON. A text in another form has none. */
export function readDemoUsers(text: string | undefined): DemoUser[] {
  try {
    const users: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(users) ? users.filter(isDemoUser) : [];
  } catch {
    return [];
  }
}

function isDemoUser(value: unknown): value is DemoUser {
  if (typeof value !== 'object' || value === null) return false;
  const { email, password } = value as Record<string, unknown>;
  return typeof email === 'string' && typeof password === 'string';
}
