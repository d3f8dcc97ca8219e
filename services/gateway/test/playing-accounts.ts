import { v7 as newId } from 'uuid';
import { json, playService, problem, type PlayingService, type ReceivedRequest } from './playing-service.js';

interface Registration {
  email: string;
  password: string;
  displayName?: string;
}

/** The simulated service refuses this new password. */
export const commonPassword = 'momsanaladventure';

/**
 * Simulates the accounts service for the gateway: users and passwords are in memory. It counts the passwords of
 * registrations and sign-ins.
 */
export async function playAccounts(): Promise<PlayingService & { passwordsWorkedOn: () => number }> {
  const service = await playService();
  const users = new Map<
    string,
    { user: { id: string; email: string; displayName: string; createdAt: string }; password: string }
  >();
  let worked = 0;
  const ofCaller = ({ headers }: ReceivedRequest) => {
    const [, payload = ''] = String(headers['mainstay-identity']).split('.');
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string };
    return [...users.values()].find(({ user }) => user.id === sub);
  };

  service.on('POST /internal/users', (_req, res, { body }) => {
    const { email, password, displayName = '' } = JSON.parse(body) as Registration;
    worked += 1;
    if (users.has(email)) return problem(res, 409, 'email_taken');
    const user = { id: newId(), email, displayName, createdAt: new Date().toISOString() };
    users.set(email, { user, password });
    json(res, 201, user);
  });
  service.on('POST /internal/sign-ins', (_req, res, { body }) => {
    const { email, password } = JSON.parse(body) as Registration;
    worked += 1;
    const known = users.get(email);
    if (known?.password !== password) return problem(res, 401, 'invalid_credentials');
    json(res, 200, known.user);
  });
  service.on('POST /internal/password-checks', (_req, res, request) => {
    const { password } = JSON.parse(request.body) as Registration;
    if (ofCaller(request)?.password === password) res.writeHead(204).end();
    else problem(res, 400, 'invalid_request', { errors: [{ path: 'currentPassword', message: 'is wrong' }] });
  });
  service.on('POST /internal/new-password-checks', (_req, res, { body }) => {
    const { password } = JSON.parse(body) as Registration;
    if (password !== commonPassword) res.writeHead(204).end();
    else problem(res, 400, 'invalid_request', { errors: [{ path: 'newPassword', message: 'is common' }] });
  });
  service.on('GET /v1/users/me', (_req, res, request) => json(res, 200, ofCaller(request)?.user));
  service.on('PUT /v1/users/me/password', (_req, res, request) => {
    const known = ofCaller(request);
    if (known) known.password = (JSON.parse(request.body) as { newPassword: string }).newPassword;
    res.writeHead(204).end();
  });
  return { ...service, passwordsWorkedOn: () => worked };
}
