\set owner_password `cat /run/secrets/<ownerPassword>`
\set service_password `cat /run/secrets/<service>-password`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['<owner>', '<service>']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE "<owner>" LOGIN PASSWORD :'owner_password';
ALTER ROLE "<service>" LOGIN PASSWORD :'service_password';
SELECT 'CREATE DATABASE "<name>" OWNER "<owner>"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '<name>') \gexec
REVOKE ALL ON DATABASE "<name>" FROM PUBLIC;
GRANT CONNECT ON DATABASE "<name>" TO "<service>";
