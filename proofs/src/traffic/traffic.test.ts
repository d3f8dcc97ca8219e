import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readPeople, savePeople } from './people.ts';
import { readArguments } from './run-traffic.ts';
import { createTally } from './tally.ts';

describe('npm run traffic', () => {
  it('ends after five minutes unless it is told otherwise', () => {
    expect(readArguments([])).toMatchObject({ rate: 10, duration: 300, people: 20, feeds: 5 });
  });

  it.each([
    [['--people', '51'], '--people must be a number from 2 to 50, but is "51".'],
    [['--rate', 'lots'], '--rate must be a number from 0.1 to 500, but is "lots".'],
    [['--duration', ''], '--duration must be a number from 1 to 86400, but is "".'],
    [['--url', 'localhost:3000'], '--url must be an http or https address, but is "localhost:3000".'],
    [['--bogus'], /Unknown option '--bogus'/],
  ])('refuses %j in one sentence', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });

  it('goes on with the people of the last run, and without them where their file is damaged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'people-'));
    const file = join(directory, 'people.json');
    try {
      expect(await readPeople(file)).toEqual([]);
      const ada = { email: 'ada@example.com', password: 'long enough', cookie: 'a', accounts: ['1'] };
      await savePeople(file, [ada]);
      expect(await readPeople(file)).toEqual([ada]);
      await writeFile(file, '[{"email');
      expect(await readPeople(file)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('tells of each stretch of time alone, and of all in the end', () => {
    const tally = createTally();
    for (const status of [200, 201, 404, 503]) tally.answered(status, 10);
    tally.unanswered();
    expect(tally.recent()).toMatch(
      /\/s: 2 × 2xx, 1 × 4xx, 1 × 5xx, 1 without an answer; p50 10 ms, p99 10 ms; 0 feeds, 0 events$/,
    );
    expect(tally.recent()).toMatch(/^0\.0\/s: nothing yet;/);
    expect(tally.total()).toBe('2 × 2xx, 1 × 4xx, 1 × 5xx, 1 without an answer');
  });
});
