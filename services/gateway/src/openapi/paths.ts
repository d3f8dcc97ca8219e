import { refusalReplies } from '@mainstay/errors';
import { pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { DEFAULT_COOKIE_NAME } from '../config.js';
import { sessionCookieNames } from '../intake/session-cookie.js';
import {
  credentials,
  passwordChange,
  registration,
  session,
  sessionPath,
  sessionQuery,
  signedInReply,
} from '../sessions/session-schemas.js';

const cookieNames = sessionCookieNames(DEFAULT_COOKIE_NAME);

const signedIn: ZodOpenApiResponseObject = {
  description: `Signed in. The session is in the cookie \`${cookieNames.bound}\`; over plain HTTP in \`${cookieNames.plain}\`.`,
  headers: {
    Location: { schema: { type: 'string' } },
    'Set-Cookie': { schema: { type: 'string' } },
  },
  content: { 'application/json': { schema: signedInReply } },
};

const nothing: ZodOpenApiResponseObject = { description: 'Done.' };

/** The gateway's own paths. Problems of any path are added when the document is built. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/users': {
    post: {
      operationId: 'register',
      summary: 'Register, and sign in',
      description: 'Creates a user and signs the user in.',
      requestBody: { required: true, content: { 'application/json': { schema: registration } } },
      responses: { 201: signedIn, ...refusalReplies('email_taken') },
    },
  },
  '/v1/users/me/password': {
    put: {
      operationId: 'changePassword',
      summary: 'Change my password',
      description:
        'All my other sessions end before the new password is valid. A wrong `currentPassword` is a 400 on that field.',
      requestBody: { required: true, content: { 'application/json': { schema: passwordChange } } },
      responses: { 204: nothing },
    },
  },
  '/v1/session': {
    post: {
      operationId: 'signIn',
      summary: 'Sign in',
      description:
        'Always opens a session under a new id; the one that the request came with ends. An unknown e-mail gets the same response as a wrong password.',
      requestBody: { required: true, content: { 'application/json': { schema: credentials } } },
      responses: { 201: signedIn, ...refusalReplies('invalid_credentials') },
    },
    get: {
      operationId: 'getSession',
      summary: 'Who am I',
      description: 'The user and the session of the cookie. A page asks this first.',
      requestParams: { query: sessionQuery },
      responses: {
        200: { description: 'You and your session.', content: { 'application/json': { schema: signedInReply } } },
        204: { description: 'No user is signed in; only with `optional=true`.' },
        ...refusalReplies('unauthenticated'),
      },
    },
    delete: {
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'Ends the session of the cookie, everywhere within a second.',
      responses: { 204: nothing },
    },
  },
  '/v1/sessions': {
    get: {
      operationId: 'listSessions',
      summary: 'My devices, newest first',
      description: 'Every session of mine that has not ended, at most 100.',
      requestParams: { query: z.strictObject(pageQuery) },
      responses: {
        200: { description: 'A page of them.', content: { 'application/json': { schema: pageOf(session) } } },
      },
    },
  },
  '/v1/sessions/{sessionId}': {
    delete: {
      operationId: 'revokeSession',
      summary: 'Sign out one of my devices',
      description: 'Takes effect everywhere within a second, also for its live feeds.',
      requestParams: { path: sessionPath },
      responses: { 204: nothing, ...refusalReplies('not_found') },
    },
  },
};
