-- The hash of a password in its canonical form (NFKC), if that differs from the typed text. `canonical_hash_of` repeats
-- the `password_hash` that it belongs to: release 0.1.0 changes only that column, and the canonical hash of the former
-- password must not count then.
ALTER TABLE users
  ADD COLUMN canonical_hash text,
  ADD COLUMN canonical_hash_of text,
  -- When the user last got an event about failed sign-ins, to limit their number.
  ADD COLUMN sign_in_failure_told_at timestamptz;
