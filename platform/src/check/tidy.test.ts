import { describe, expect, it } from '@jest/globals';
import { lineWithName } from './service-names.ts';
import { breachesOf, unverifiable } from './tidy.ts';

describe('the house rules', () => {
  it('refuse a meaningless file name', () => {
    expect(breachesOf('packages/events/src/utils.ts', '')).toHaveLength(1);
    expect(breachesOf('packages/events/src/helpers/lease.ts', '')).toHaveLength(1);
    expect(breachesOf('packages/events/src/lease.ts', '')).toEqual([]);
  });

  it('refuse a package that npm ci could not verify', () => {
    const packages = {
      '': {},
      'packages/events': {},
      'node_modules/@mainstay/events': { link: true },
      'node_modules/pg': { integrity: 'sha512-x' },
      'node_modules/pg-native-other-system': { optional: true },
    };
    expect(unverifiable(JSON.stringify({ packages }))).toEqual([
      'package-lock.json: node_modules/pg-native-other-system has no integrity; delete its entry, and run npm install --package-lock-only',
    ]);
  });

  it("refuse a path of a developer's machine", () => {
    const path = ['', 'home', 'ada', 'mainstay'].join('/');
    expect(breachesOf('README.md', `cd ${path}`)).toEqual(["README.md:1: a path of a developer's machine"]);
  });
});

describe('the name of a service', () => {
  it.each([
    ['platform/src/x.ts', `run('accounts');`],
    ['docker/x.yml', 'SERVICE: activity'],
    ['platform/src/x.ts', 'process.env.ACCOUNTS_URL'],
  ])('is found in %s: %s', (file, text) => {
    expect(lineWithName(file, text)).toBe(text);
  });

  it.each([
    ['docs/x.md', 'accounts'],
    ['platform/src/x.ts', '/** The accounts service. */\n// accounts\nconst a = 1; // accounts'],
    ['services/accounts/src/x.ts', `'accounts'`],
    ['platform/src/x.ts', `get('/v1/accounts/:accountId')`],
    ['docker/x.yml', '# Generated from platform/src/services.ts\nname: accounts'],
    ['docker/x.yml', 'a: 1\n# generated: services\nname: accounts\n# end of the generated lines\n'],
  ])('is allowed in %s: %s', (file, text) => {
    expect(lineWithName(file, text)).toBeUndefined();
  });
});
