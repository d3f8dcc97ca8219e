/* global db, require */
// The user of the activity service, made by the image's entry point at the first start: it may only read and write its
// own database.
const { readFileSync } = require('node:fs');

db.getSiblingDB('activity').createUser({
  user: 'activity',
  pwd: readFileSync('/run/secrets/activity-password', 'utf8').trim(),
  roles: [{ role: 'readWrite', db: 'activity' }],
});
