// @ts-check
/** The web interface as static files in services/web/dist; nothing to do where they are made of the present sources. */
import { buildWeb } from './platform/build-web.mjs';

await buildWeb();
