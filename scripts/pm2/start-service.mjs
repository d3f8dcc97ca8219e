// PM2 of a running release 0.1.0 starts this path until each app was started again. The next release removes this file.
import '../../platform/src/release/pm2/start-service.mjs';
