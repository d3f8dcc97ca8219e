/* global db, require */
// The user of the activity service, made by the image's entry point at the first start: it reads and writes its own database alone.
const { readFileSync } = require('node:fs');

db.getSiblingDB('activity').createUser({
  user: 'activity',
  pwd: readFileSync('/run/secrets/activity-password', 'utf8').trim(),
  roles: [{ role: 'readWrite', db: 'activity' }],
});
