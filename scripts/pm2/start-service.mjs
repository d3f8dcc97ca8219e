// If release 0.1.0 started an app, PM2 uses this path until the app is started again. The release after this one
// removes this file.
import '../../platform/src/release/pm2/start-service.mjs';
