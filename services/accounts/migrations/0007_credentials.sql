-- `canonical_hash` is the hash of the NFKC form. Release 0.1.0 changes only `password_hash`, so `canonical_hash` is
-- valid only while `canonical_hash_of` equals `password_hash`.
ALTER TABLE users
  ADD COLUMN canonical_hash text,
  ADD COLUMN canonical_hash_of text,
  ADD COLUMN sign_in_failure_told_at timestamptz;
