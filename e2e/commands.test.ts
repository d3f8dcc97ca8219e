import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/** Runs a built command without settings or stores. */
function run(command: string, ...args: string[]) {
  const program = fileURLToPath(new URL(`../services/${command}.js`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('a command with unknown arguments', () => {
  it.each([
    ['accounts/dist/migrate', ['bogus'], 'This command takes no arguments.\n'],
    ['accounts/dist/reconcile', ['bogus'], 'This command takes no arguments.\n'],
    ['accounts/dist/replay-events', [], 'Name the time: --from 2026-01-31T00:00:00Z\n'],
    ['accounts/dist/replay-events', ['bogus'], 'Name the time: --from 2026-01-31T00:00:00Z\n'],
    [
      'accounts/dist/replay-events',
      ['--from', '2026-01-31T00:00:00Z', 'bogus'],
      'Name the time: --from 2026-01-31T00:00:00Z\n',
    ],
  ])('prints its usage before it reads settings: %s %j', (command, args, stderr) => {
    expect(run(command, ...args)).toEqual({ status: 1, stdout: '', stderr });
  });

  it('lists its operations if it has several', () => {
    const { status, stdout, stderr } = run('activity/dist/dead-letters', 'bogus');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^Say what to do with the dead letters:\nlist .*\nreplay .*\nreplay <id> .*\ndiscard <id> .*\n$/,
    );
  });
});
