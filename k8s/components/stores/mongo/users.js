/* global db, require */
// Creates the users of the services. Each user may read and write only its service's own database. The image's entry
// point runs this file at the first start. For a new service, an operator runs this file again (docs/forking.md). That
// run adds missing users and replaces outdated passwords.
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
