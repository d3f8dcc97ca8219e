import { answered, api } from './client.js';
import type { Account, SignedIn } from './queries.js';

export interface Registration {
  email: string;
  password: string;
  displayName: string;
}

/**
 * Registers a user and signs the user in.
 * @throws ApiError email_taken · invalid_request · rate_limited · …
 */
export function register(body: Registration): Promise<SignedIn> {
  return answered(api.POST('/v1/users', { body }));
}

/** @throws ApiError invalid_credentials · rate_limited · … */
export function signIn(body: { email: string; password: string }): Promise<SignedIn> {
  return answered(api.POST('/v1/session', { body }));
}

export async function signOut(): Promise<void> {
  await answered(api.DELETE('/v1/session'));
}

export function openAccount(body: { name: string; currency: string }): Promise<Account> {
  return answered(api.POST('/v1/accounts', { body }));
}

/** Ends one of the user's sessions and closes its live feeds. */
export async function revokeSession(sessionId: string): Promise<void> {
  await answered(api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId } } }));
}

/**
 * Changes the password and ends all other sessions of the user.
 * @throws ApiError invalid_request with path `currentPassword` if the current password is wrong
 */
export async function changePassword(body: { currentPassword: string; newPassword: string }): Promise<void> {
  await answered(api.PUT('/v1/users/me/password', { body }));
}
