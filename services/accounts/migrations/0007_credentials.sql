-- `canonical_hash` is the hash of the password in the Unicode form NFKC. `canonical_hash_of` is the value of
-- `password_hash` at the time when `canonical_hash` was stored. Release 0.1.0 changes only `password_hash`. So if
-- `canonical_hash_of` differs from `password_hash`, `canonical_hash` belongs to a previous password.
ALTER TABLE users
  ADD COLUMN canonical_hash text,
  ADD COLUMN canonical_hash_of text,
  ADD COLUMN sign_in_failure_told_at timestamptz;
