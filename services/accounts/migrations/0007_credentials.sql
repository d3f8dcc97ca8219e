-- The hash of a password in its canonical form (NFKC), where that differs from the text as it was typed. `canonical_hash_of` repeats the
-- `password_hash` that it belongs to: release 0.1.0 changes that column alone, and the canonical hash of the former password must not count then.
ALTER TABLE users
  ADD COLUMN canonical_hash text,
  ADD COLUMN canonical_hash_of text,
  -- When the user last got an event about failed sign-ins, which are told of once in a while only.
  ADD COLUMN sign_in_failure_told_at timestamptz;
