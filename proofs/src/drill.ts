/**
 * A fault made for real, for one alert: on a platform of its own, under traffic, watched by a Prometheus whose rules are the platform's own with their times
 * divided by 60. It waits until the alert fires, mends the fault and waits until the alert ends.
 *
 *   npm run drill                              lists the alerts, and what is done for each
 *   npm run drill -- MainstayRelayStuck        one of them; exit code 1 where the alert does not fire or does not end
 *   npm run drill -- --all
 */

import { runDrills } from './drills/run-drills.ts';

await runDrills(process.argv.slice(2));
