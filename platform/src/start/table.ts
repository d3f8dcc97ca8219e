import { relative } from 'node:path';
import { entrance, serviceNames } from '../services.ts';
import type { ServicePorts, Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { demoUsers } from './seed.ts';

/** The output of `npm start` when everything is up: addresses, demo users, and what serves the stores. */
export function platformTable(
  { ports, dataDirectory }: Settings,
  stores: Stores,
  { watching }: { watching: boolean },
): string {
  const url = `http://127.0.0.1:${ports[entrance].port}`;
  const nameWidth = Math.max(...demoUsers.map(({ email }) => email.length));
  return frame([
    ['Open', `${url}/`],
    ['API reader', `${url}/docs`],
    ['OpenAPI', `${url}/openapi.json`],
    ...serviceNames.map((name): Row => [name, serviceRow(ports[name])]),
    ...demoUsers.map(({ email, password }): Row => ['Demo user', `${email.padEnd(nameWidth)}  ${password}`]),
    ['PostgreSQL', storeRow(stores.postgres)],
    ['Redis', storeRow(stores.redis)],
    ['MongoDB', storeRow(stores.mongo)],
    ['Logs', `${relative(process.cwd(), dataDirectory) || '.'}/logs/<name>.log; warnings and errors appear here too`],
    ['Stop', watching ? 'Ctrl-C. After a change, the services that it concerns start again' : 'Ctrl-C'],
  ]);
}

type Row = [name: string, text: string];

function serviceRow({ port, managementPort }: ServicePorts): string {
  return `http://127.0.0.1:${port}, management http://127.0.0.1:${managementPort} (/readyz /metrics)`;
}

function storeRow({ url, servedBy }: { url: string; servedBy: string }): string {
  return `${servedBy}, ${URL.canParse(url) ? new URL(url).host : 'several hosts'}`;
}

function frame(rows: Row[]): string {
  const [left, right] = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) as [
    number,
    number,
  ];
  const line = (corners: string) =>
    `${corners[0]}${'─'.repeat(left + 2)}${corners[1]}${'─'.repeat(right + 2)}${corners[2]}`;
  const body = rows.map(([name, text]) => `│ ${name.padEnd(left)} │ ${text.padEnd(right)} │`);
  return [line('┌┬┐'), ...body, line('└┴┘')].join('\n');
}
