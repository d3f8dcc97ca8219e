/**
 * npm run secrets:rotate: replaces the session secret, the cursor secrets and the identity keys without signing users out.
 * docs/secrets.md says what to do after each step.
 *
 *   npm run secrets:rotate -- add|use|drop [--file .env] [--now]
 *
 *   --now     allows `drop` less than a day after `use`
 */
import { readOptions } from '../options.ts';
import { ensureBuilt } from '../start/install.ts';
import { Refusal, runCommand } from '../terminal.ts';

const nextStep = {
  add: 'Reload every service, in any order. Then: npm run secrets:rotate -- use',
  use: 'Reload every service, in any order. A day later: npm run secrets:rotate -- drop',
  drop: 'Reload every service, in any order. Then the old secrets are invalid.',
};

await runCommand(async () => {
  const { values, positionals } = readOptions({
    allowPositionals: true,
    options: { file: { type: 'string', default: '.env' }, now: { type: 'boolean', default: false } },
  });
  const step = positionals[0] as keyof typeof nextStep;
  if (positionals.length !== 1 || !(step in nextStep))
    throw new Refusal('usage: npm run secrets:rotate -- add|use|drop [--file .env] [--now]');
  await ensureBuilt('packages/identity/dist/index.js', 'packages/identity');
  const { rotateDotenv } = await import('../secrets/rotate-dotenv.ts');
  const changed = await rotateDotenv(values.file, step, { early: values.now }).catch((error: unknown) => {
    throw new Refusal((error as Error).message);
  });
  console.log(`${values.file}: ${changed ? `${step} is done` : `${step} was already done`}. ${nextStep[step]}`);
});
