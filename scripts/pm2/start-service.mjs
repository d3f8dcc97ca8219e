// PM2 uses this path for an app that release 0.1.0 started, until the app is started again. The release after 1.0.0
// removes this file.
import '../../platform/src/release/pm2/start-service.mjs';
