// @ts-check
/** npm run doctor: what this machine has, what is missing, and how to get it. Installs and starts nothing. Exit code 1 only when npm start could not work. */
import './platform/node-version.mjs';

import('./platform/doctor.mjs').then(({ runDoctor }) => runDoctor());
