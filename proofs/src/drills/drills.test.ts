import { expect, it } from '@jest/globals';
import { alerts } from '../../../monitoring/src/rules.ts';
import { drills } from './drills.ts';

it('there is one drill for each alert', () => {
  const names = alerts().map(({ alert }) => alert);
  expect(drills.map(({ alert }) => alert).sort()).toEqual(names.sort());
});
