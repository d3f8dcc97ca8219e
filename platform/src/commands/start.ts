/**
 * npm start: the whole platform on this machine, from a fresh clone to a table of addresses.
 *
 *   npm start                 installs, builds, starts stores and services, seeds two demo users; Ctrl-C stops everything
 *   npm start -- --reset      wipes the data first
 *   npm run dev               the same from the sources: an edit replaces the services that run it, and pages reload in the browser
 */
import { readSwitches } from '../options.ts';
import { startPlatform } from '../start/start-platform.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => {
  const { reset, watch } = readSwitches('reset', 'watch');
  return startPlatform({ reset, watching: watch });
});
