import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { startPlatform, type Platform } from '../platform.js';
import { openBrowser, openWindow, type Person } from './browser.js';

/** The password of every user of a stage. */
export const password = 'correct horse battery';

/** A platform with its web interface, and a browser. */
export interface Stage {
  platform: Platform;
  people: readonly Person[];
  /** Opens one more browser context. */
  enter(options?: BrowserContextOptions): Promise<Person>;
  /** The complaints of all browser contexts. */
  complaints(): string[];
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const webDirectory = fileURLToPath(new URL('../../services/web/dist', import.meta.url));
  const [platform, browser] = await Promise.all([startPlatform({ WEB_DIRECTORY: webDirectory }), openBrowser()]);
  const people: Person[] = [];
  return {
    platform,
    people,
    async enter(options) {
      const person = await openWindow(browser, platform.url, options);
      people.push(person);
      return person;
    },
    complaints: () => people.flatMap(({ complaints }) => complaints),
    async close() {
      await browser.close();
      await platform.close();
    },
  };
}
