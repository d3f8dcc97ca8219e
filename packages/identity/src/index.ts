export { createIdentityIssuer, type IdentityIssuer, type IdentityRequest } from './identity-issuer.js';
export {
  generateIdentityKeys,
  publicKeysOf,
  readPrivateKeys,
  readPublicKeys,
  type IdentityKey,
  type KeyList,
} from './identity-keys.js';
export { identityRefusalOf, type IdentityRefusal } from './identity-refusal.js';
export { IDENTITY_HEADER, type Identity } from './identity-token.js';
export { createIdentityVerifier, type IdentityVerifier } from './identity-verifier.js';
export { caller, callerOrAnonymous, requireIdentity, type Caller } from './require-identity.js';
