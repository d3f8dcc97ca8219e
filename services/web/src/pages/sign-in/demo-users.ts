export interface DemoUser {
  email: string;
  password: string;
}

/** Only `npm start` and `npm run dev` serve demo users. */
export const demoUsers: readonly DemoUser[] = readDemoUsers(
  typeof document === 'undefined'
    ? undefined
    : document.querySelector<HTMLMetaElement>('meta[name="demo-users"]')?.content,
);

/** Reads the users from a JSON text. Returns no users if the text is invalid. */
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
