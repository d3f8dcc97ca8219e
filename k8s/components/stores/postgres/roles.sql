-- Generated from platform/src/services.ts: npm run generate.
-- For each service with a database, creates the role that owns the tables and runs migrations, and the role of the
-- running service. A second run only replaces outdated passwords.
\set ON_ERROR_STOP on
-- With this lock, a second run waits until the first run has ended.
DO $$ BEGIN PERFORM pg_advisory_lock(7246002); END $$;

\set owner_password `cat /run/secrets/owner-password`
\set service_password `cat /run/secrets/accounts-password`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['mainstay_owner', 'accounts']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE "mainstay_owner" LOGIN PASSWORD :'owner_password';
ALTER ROLE "accounts" LOGIN PASSWORD :'service_password';
SELECT 'CREATE DATABASE "mainstay" OWNER "mainstay_owner"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mainstay') \gexec
REVOKE ALL ON DATABASE "mainstay" FROM PUBLIC;
GRANT CONNECT ON DATABASE "mainstay" TO "accounts";
