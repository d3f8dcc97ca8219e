import { expect, it } from '@jest/globals';
import { decideItem, nameOf } from './decide-item.js';

const order = (ownerId: string, name: string) => ({ ownerId, item: { id: 'id', name, createdAt: '' } });

it('accepts each name of a user once, also within one batch', () => {
  const taken = new Set([nameOf('ada', 'Tea')]);
  const orders = [order('ada', 'Tea'), order('ada', 'Milk'), order('ada', 'Milk'), order('bob', 'Tea')];
  expect(orders.map((one) => decideItem(taken, one))).toEqual(['name_taken', 'added', 'name_taken', 'added']);
});
