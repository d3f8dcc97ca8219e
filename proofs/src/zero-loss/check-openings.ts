import { jsonOf } from './customer.ts';
import type { Customer } from './customer.ts';
import type { Result } from '../money/result.ts';

/**
 * Opening an account has no key: each that was acknowledged must exist once, each that got no answer at most once, and no other may be there.
 * Asked of the platform itself, as each customer sees it.
 */
export async function checkOpenings(customers: Customer[]): Promise<Result> {
  const violations: string[] = [];
  let counted = 0;
  for (const customer of customers) {
    const there = await accountsOf(customer);
    counted += customer.openings.size;
    for (const [name, id] of customer.openings) {
      const ids = there.get(name) ?? [];
      there.delete(name);
      const isRight = id === undefined ? ids.length <= 1 : ids.length === 1 && ids[0] === id;
      if (!isRight)
        violations.push(`${customer.name}, ${name}: told ${id ?? 'nothing'}, there ${ids.join(' and ') || 'nothing'}`);
    }
    for (const [name, ids] of there)
      violations.push(`${customer.name}, ${name}: never asked for, there ${ids.join(' and ')}`);
  }
  return {
    name: 'openings',
    statement: 'Each account that was asked for without a key was opened once',
    counted,
    violations,
  };
}

/** @returns ids by name */
async function accountsOf(customer: Customer): Promise<Map<string, string[]>> {
  const there = new Map();
  for (let cursor = ''; ;) {
    const reply = await customer.ask('read', 'GET', `/v1/accounts?limit=100${cursor && `&cursor=${cursor}`}`);
    if (!reply) throw new Error(`${customer.name} could not list the accounts`);
    const { items, nextCursor } = jsonOf(reply);
    for (const { id, name } of items) there.set(name, [...(there.get(name) ?? []), id]);
    if (nextCursor === null) return there;
    cursor = encodeURIComponent(nextCursor);
  }
}
