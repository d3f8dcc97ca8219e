// PM2 starts an app of release 0.1.0 from this path until the app is started again. The release after this one removes
// this file.
import '../../platform/src/release/pm2/start-service.mjs';
