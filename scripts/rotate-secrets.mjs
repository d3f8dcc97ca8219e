// @ts-check
/**
 * New session and cursor secrets and identity keys, without signing anybody out; docs/secrets.md says what to do after each step:
 *
 *   npm run secrets:rotate -- add|use|drop [--file .env] [--now]
 */
import { parseArgs } from 'node:util';

const usage = 'usage: npm run secrets:rotate -- add|use|drop [--file .env] [--now]';
const next = {
  add: 'Reload every service, in any order. Then: npm run secrets:rotate -- use',
  use: 'Reload every service, in any order. A day later: npm run secrets:rotate -- drop',
  drop: 'Reload every service, in any order; the old secrets are worth nothing then.',
};

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { file: { type: 'string', default: '.env' }, now: { type: 'boolean', default: false } },
  });
  const step = /** @type {keyof typeof next} */ (positionals[0]);
  if (positionals.length !== 1 || !(step in next)) throw new Error(usage);
  // What it is made of is there once the packages are built.
  const { rotateDotenv } = await import('./secrets/rotate-dotenv.mjs');
  const changed = await rotateDotenv(values.file, step, { early: values.now });
  console.log(
    `${values.file}: ${changed ? `${step} is done` : `nothing to do, ${step} was done before`}. ${next[step]}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
