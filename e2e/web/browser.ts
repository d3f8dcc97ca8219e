import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe } from '@jest/globals';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM_PATH ?? usualPaths.find((path) => existsSync(path));
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Calls `describe`, or skips the stories if no browser is found. */
export const describeInBrowser = executablePath === undefined ? skipped : describe;

function skipped(name: string, stories: () => void): void {
  console.warn(`"${name}" is skipped: there is no Chromium. apt-get install chromium, or set CHROMIUM_PATH.`);
  describe.skip(name, stories);
}

export function openBrowser(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    // Chromium's sandbox does not start as root, and some pipelines run as root.
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** What the browser reported: violations of the content security policy, warnings, and exceptions of scripts. */
  complaints: string[];
}

/** Opens a separate browser context for a user. */
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

/** Returns the faults that axe-core finds on the current page, one text each. */
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
