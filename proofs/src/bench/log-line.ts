import winston from 'winston';
import { createLogger, withContext } from '@mainstay/logging';
import { median } from '../statistics.ts';

const LINES = 5_000;
const ROUNDS = 50;
const WARM_UP_ROUNDS = 10;
const message = 'GET /v1/accounts/:accountId';
const origin = { service: 'accounts', instance: 'host-1', version: '1.0.0' };
const request = { requestId: '0190c0de-0000-7000-8000-000000000000', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const fieldsOf = () => ({ method: 'GET', route: '/v1/accounts/:accountId', status: 200, durationMs: 1.8, bytes: 231 });

const log = createLogger({ ...origin, pretty: false });
const { combine, timestamp, json } = winston.format;
const asDocumented = winston.createLogger({
  defaultMeta: origin,
  format: combine(timestamp(), json()),
  transports: [new winston.transports.Console()],
});

const sides = {
  'JSON.stringify and a write': () => {
    const line = { time: new Date().toISOString(), level: 'info', ...origin, ...request, message, ...fieldsOf() };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
  'the platform’s logger, which also redacts': () => log.info(message, fieldsOf()),
  'winston as documented, without redaction': () => void asDocumented.info(message, { ...request, ...fieldsOf() }),
};

/**
 * Measures the CPU per log line of the platform's logger, of `JSON.stringify`, and of winston as its manual shows it.
 * Log lines go to stdout, figures to stderr.
 */
export async function run(): Promise<void> {
  const microseconds = new Map<string, number[]>(Object.keys(sides).map((side) => [side, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const [side, writeLine] of Object.entries(sides)) {
      const before = process.cpuUsage();
      withContext({ ...request, userId: 'u' } as Parameters<typeof withContext>[0], () => {
        for (let line = 0; line < LINES; line += 1) writeLine();
      });
      await new Promise(setImmediate);
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) microseconds.get(side)?.push((user + system) / LINES);
    }
  }
  for (const [side, costs] of microseconds) console.error(`${median(costs).toFixed(1)} µs of CPU a line  ${side}`);
}
