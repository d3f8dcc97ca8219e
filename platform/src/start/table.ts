import { relative } from 'node:path';
import { entrance, serviceNames } from '../services.ts';
import type { ServicePorts, Settings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { demoUsers } from './seed.ts';

export type Row = [name: string, text: string];

/** Returns the table that `npm start` prints when the platform is ready. */
export function platformTable({ ports, dataDirectory }: Settings, stores: Stores, watching: boolean): string {
  return table([
    ...addressRows(`http://127.0.0.1:${ports[entrance].port}`),
    ...serviceNames.map((name): Row => [name, serviceRow(ports[name])]),
    ...demoUserRows(),
    ['PostgreSQL', storeRow(stores.postgres)],
    ['Redis', storeRow(stores.redis)],
    ['MongoDB', storeRow(stores.mongo)],
    ['Logs', `${relative(process.cwd(), dataDirectory) || '.'}/logs/<name>.log; warnings and errors appear here too`],
    ['Stop', watching ? 'Ctrl-C. After an edit, the affected services restart' : 'Ctrl-C'],
  ]);
}

/** Returns the addresses of the platform. @param url has no slash at its end */
export function addressRows(url: string): Row[] {
  return [
    ['Open', `${url}/`],
    ['API reader', `${url}/docs`],
    ['OpenAPI', `${url}/openapi.json`],
  ];
}

export function demoUserRows(): Row[] {
  const width = Math.max(...demoUsers.map(({ email }) => email.length));
  return demoUsers.map(({ email, password }) => ['Demo user', `${email.padEnd(width)}  ${password}`]);
}

export function table(rows: Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}

function serviceRow({ port, managementPort }: ServicePorts): string {
  return `http://127.0.0.1:${port}, management http://127.0.0.1:${managementPort} (/readyz /metrics)`;
}

function storeRow({ url, servedBy }: { url: string; servedBy: string }): string {
  return `${servedBy}, ${URL.canParse(url) ? new URL(url).host : 'several hosts'}`;
}
