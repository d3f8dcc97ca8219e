import { describe, expect, it } from '@jest/globals';
import { breachesOf, unverifiable } from './tidy.ts';

describe('the house rules', () => {
  it('let config.ts alone read the environment in a service', () => {
    const line = 'const port = process.env.PORT;';
    expect(breachesOf('services/gateway/src/config.ts', line)).toEqual([]);
    expect(breachesOf('services/gateway/src/app.ts', line)).toEqual([
      'services/gateway/src/app.ts:1: process.env is read in config.ts alone',
    ]);
  });

  it('refuse a name that says nothing', () => {
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
      'package-lock.json: node_modules/pg-native-other-system has no integrity',
    ]);
  });

  it("refuse a path of somebody's machine", () => {
    const path = ['', 'home', 'ada', 'mainstay'].join('/');
    expect(breachesOf('README.md', `cd ${path}`)).toEqual(["README.md:1: a path of somebody's machine"]);
  });
});
