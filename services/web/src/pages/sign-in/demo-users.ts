export interface DemoUser {
  email: string;
  password: string;
}

/** The demo users. The list is empty unless `npm start` or `npm run dev` has added demo users to the HTML page. */
export const demoUsers: readonly DemoUser[] = readDemoUsers(
  typeof document === 'undefined'
    ? undefined
    : document.querySelector<HTMLMetaElement>('meta[name="demo-users"]')?.content,
);

/** Reads the users from a JSON text. Returns an empty list if the text is invalid. */
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
