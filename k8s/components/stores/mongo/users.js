/* global db, require */
// The users of the services, made by the image's entry point at the first start: each may only read and write its own
// database. Run again, it adds missing users and replaces outdated passwords.
const { readdirSync, readFileSync } = require('node:fs');

for (const file of readdirSync('/run/secrets')) {
  const service = /^(?!root-)([a-z0-9]+)-password$/.exec(file)?.[1];
  if (!service) continue;
  const own = db.getSiblingDB(service);
  const user = {
    pwd: readFileSync(`/run/secrets/${file}`, 'utf8').trim(),
    roles: [{ role: 'readWrite', db: service }],
  };
  if (own.getUser(service)) own.updateUser(service, user);
  else own.createUser({ user: service, ...user });
}
