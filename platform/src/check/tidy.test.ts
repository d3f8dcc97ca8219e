import { describe, expect, it } from '@jest/globals';
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
      'package-lock.json: node_modules/pg-native-other-system has no integrity',
    ]);
  });

  it("refuse a path of a developer's machine", () => {
    const path = ['', 'home', 'ada', 'mainstay'].join('/');
    expect(breachesOf('README.md', `cd ${path}`)).toEqual(["README.md:1: a path of a developer's machine"]);
  });
});
