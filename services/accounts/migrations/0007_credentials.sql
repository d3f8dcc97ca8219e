-- The hash of the password in canonical form (NFKC), if that form differs from the typed text. `canonical_hash_of` is a
-- copy of the `password_hash` for the same password. Release 0.1.0 changes only `password_hash`. If `canonical_hash_of`
-- differs from `password_hash`, then `canonical_hash` belongs to a former password and is ignored.
ALTER TABLE users
  ADD COLUMN canonical_hash text,
  ADD COLUMN canonical_hash_of text,
  -- Time of the user's latest event about failed sign-ins. The service limits how often it stores such an event.
  ADD COLUMN sign_in_failure_told_at timestamptz;
