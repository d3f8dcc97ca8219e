// @ts-check
import { relative } from 'node:path';
import { demoUsers } from './seed.mjs';
import { services } from './settings.mjs';

/**
 * Where to go, as whom, and what serves it: the one thing that `npm start` prints when all is up.
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('../../platform/src/stores/open-stores.ts').Stores} stores
 * @param {{ watching: boolean }} options
 * @returns {string}
 */
export function platformTable({ ports, dataDirectory }, stores, { watching }) {
  const gateway = `http://127.0.0.1:${ports.gateway.port}`;
  const nameWidth = Math.max(...demoUsers.map(({ email }) => email.length));
  /** @type {[string, string][]} */
  const rows = [
    ['Open', `${gateway}/`],
    ['API reader', `${gateway}/docs`],
    ['OpenAPI', `${gateway}/openapi.json`],
    ...services.map((name) => /** @type {[string, string]} */ ([name, serviceRow(ports[name])])),
    ...demoUsers.map(
      ({ email, password }) =>
        /** @type {[string, string]} */ (['Demo user', `${email.padEnd(nameWidth)}  ${password}`]),
    ),
    ['PostgreSQL', storeRow(stores.postgres)],
    ['Redis', storeRow(stores.redis)],
    ['MongoDB', storeRow(stores.mongo)],
    ['Logs', `${relative(process.cwd(), dataDirectory) || '.'}/logs/<name>.log; warnings and errors appear here too`],
    ['Stop', watching ? 'Ctrl-C. What you change is built, and its services start again' : 'Ctrl-C'],
  ];
  return frame(rows);
}

/** @param {import('./settings.mjs').ServicePorts} ports */
function serviceRow({ port, managementPort }) {
  return `http://127.0.0.1:${port}, management http://127.0.0.1:${managementPort} (/readyz /metrics)`;
}

/** @param {{ url: string, servedBy: string }} store */
function storeRow({ url, servedBy }) {
  const place = URL.canParse(url) ? new URL(url).host : 'several hosts';
  return `${servedBy}, ${place}`;
}

/** @param {[string, string][]} rows */
function frame(rows) {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (/** @type {string} */ left, /** @type {string} */ middle, /** @type {string} */ right) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const body = rows.map((row) => `│${row.map((cell, column) => ` ${cell.padEnd(widths[column] ?? 0)} `).join('│')}│`);
  return [line('┌', '┬', '┐'), ...body, line('└', '┴', '┘')].join('\n');
}
