import { AppError } from '@mainstay/errors';
import { caller } from '@mainstay/identity';
import { bodyOf, noQuery, queryOf } from '@mainstay/service/requests';
import { createRouter } from '@mainstay/service';
import type { Router } from 'express';
import { changePassword, checkNewPassword, checkPassword } from '../domain/change-password.js';
import type { CommonPasswords } from '../domain/password-rule.js';
import { registerUser } from '../domain/register-user.js';
import { signIn } from '../domain/sign-in.js';
import type { Passwords, Users } from '../domain/user.js';
import {
  internalNewPasswordCheck,
  internalPasswordCheck,
  internalRegistration,
  internalSignIn,
  passwordChange,
} from './user-schemas.js';

/** Users and credentials. Only the gateway calls the paths under /internal. */
export function userRoutes(parts: { users: Users; passwords: Passwords; commonPasswords: CommonPasswords }): Router {
  const { users } = parts;
  const routes = createRouter();

  routes.post('/internal/users', async (req, res) => {
    const { session, ...person } = bodyOf(req, internalRegistration);
    res.status(201).json(await registerUser(parts, person, session));
  });

  routes.post('/internal/sign-ins', async (req, res) => {
    const { session, ...credentials } = bodyOf(req, internalSignIn);
    res.json(await signIn(parts, credentials, session));
  });

  routes.post('/internal/password-checks', async (req, res) => {
    await checkPassword(parts, caller(req).userId, bodyOf(req, internalPasswordCheck).password);
    res.status(204).end();
  });

  routes.post('/internal/new-password-checks', async (req, res) => {
    await checkNewPassword(parts, caller(req).userId, bodyOf(req, internalNewPasswordCheck).password);
    res.status(204).end();
  });

  routes.get('/v1/users/me', async (req, res) => {
    queryOf(req, noQuery);
    const user = await users.find(caller(req).userId);
    if (!user) throw new AppError('unauthenticated');
    res.json(user);
  });

  routes.put('/v1/users/me/password', async (req, res) => {
    queryOf(req, noQuery);
    await changePassword(parts, caller(req).userId, bodyOf(req, passwordChange));
    res.status(204).end();
  });

  return routes;
}
