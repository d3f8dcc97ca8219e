/**
 * npm start: starts the whole platform on this machine and prints a table of addresses. A fresh clone needs no other command.
 *
 *   npm start                 installs, builds, starts stores and services, seeds two demo users; Ctrl-C stops everything
 *   npm start -- --reset      deletes the data first
 *   npm run dev               runs the sources: after an edit, the affected services restart and the web pages reload
 */
import { readSwitches } from '../options.ts';
import { startPlatform } from '../start/start-platform.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => {
  const { reset, watch } = readSwitches('reset', 'watch');
  return startPlatform({ reset, watching: watch });
});
