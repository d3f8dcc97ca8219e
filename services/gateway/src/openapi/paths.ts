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

/** The paths that the gateway handles itself. `createPlatformDocument` adds the common error responses. */
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
        'Ends all my other sessions before the new password is valid. A wrong `currentPassword` gets 400 with this field.',
      requestBody: { required: true, content: { 'application/json': { schema: passwordChange } } },
      responses: { 204: nothing },
    },
  },
  '/v1/session': {
    post: {
      operationId: 'signIn',
      summary: 'Sign in',
      description:
        'Opens a session with a new id, and ends the session of the cookie. An unknown e-mail gets the same response as a wrong password.',
      requestBody: { required: true, content: { 'application/json': { schema: credentials } } },
      responses: { 201: signedIn, ...refusalReplies('invalid_credentials') },
    },
    get: {
      operationId: 'getSession',
      summary: 'Who am I',
      description: 'Returns the user and the session of the cookie. A web page calls this operation first.',
      requestParams: { query: sessionQuery },
      responses: {
        200: { description: 'You and your session.', content: { 'application/json': { schema: signedInReply } } },
        204: { description: 'No user is signed in. Only with `optional=true`.' },
        ...refusalReplies('unauthenticated'),
      },
    },
    delete: {
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'Ends the session of the cookie, on all gateways within a second.',
      responses: { 204: nothing },
    },
  },
  '/v1/sessions': {
    get: {
      operationId: 'listSessions',
      summary: 'My devices, newest first',
      description: 'Lists my sessions that have not ended, at most 100.',
      requestParams: { query: z.strictObject(pageQuery) },
      responses: {
        200: { description: 'A page of sessions.', content: { 'application/json': { schema: pageOf(session) } } },
      },
    },
  },
  '/v1/sessions/{sessionId}': {
    delete: {
      operationId: 'revokeSession',
      summary: 'Sign out one of my devices',
      description: 'Ends one of my sessions and its live feeds, on all gateways within a second.',
      requestParams: { path: sessionPath },
      responses: { 204: nothing, ...refusalReplies('not_found') },
    },
  },
};
