-- The owner of the tables, for migrations, and the role of the running service. A second run changes nothing except
-- outdated passwords.
\set ON_ERROR_STOP on
\set owner_password `cat /run/secrets/owner-password`
\set accounts_password `cat /run/secrets/accounts-password`

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['mainstay_owner', 'accounts']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE mainstay_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE accounts LOGIN PASSWORD :'accounts_password';

SELECT 'CREATE DATABASE mainstay OWNER mainstay_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mainstay') \gexec
REVOKE ALL ON DATABASE mainstay FROM PUBLIC;
GRANT CONNECT ON DATABASE mainstay TO accounts;
