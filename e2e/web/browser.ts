import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe } from '@jest/globals';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

/** The browser's path on Debian, Ubuntu and Alpine. `CHROMIUM_PATH` names another. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM_PATH ?? places.find((place) => existsSync(place));
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** `describe`, if there is a browser; otherwise one line says why the stories were skipped. */
export const describeInBrowser = executablePath === undefined ? skipped : describe;

function skipped(name: string, stories: () => void): void {
  console.warn(`"${name}" is skipped: there is no Chromium. apt-get install chromium, or set CHROMIUM_PATH.`);
  describe.skip(name, stories);
}

export function openBrowser(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    // As root, as in most pipelines, Chromium's own sandbox does not start.
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** The browser's complaints: violations of the policy, exceptions of scripts. */
  complaints: string[];
}

/** A user with a separate browser context. */
export async function openWindow(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({
    ...options,
    baseURL: url,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  context.setDefaultTimeout(20_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Warning:/.test(message.text())) complaints.push(message.text());
  });
  return { context, page, complaints };
}

/** axe-core's findings on the present page, one line each. It runs outside the page's own policy. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { readFile } = await import('node:fs/promises');
  await session.send('Runtime.evaluate', { expression: await readFile(axe, 'utf8') });
  const { result } = await session.send('Runtime.evaluate', {
    expression:
      'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations))',
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const violations = JSON.parse(String(result.value)) as {
    id: string;
    nodes: { target: string[]; failureSummary: string }[];
  }[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}
