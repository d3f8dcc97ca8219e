import { describe, expect, it } from '@jest/globals';
import { dashboards } from '../src/dashboards.ts';

describe('the dashboards', () => {
  it.each([...dashboards()])(
    '%s has a query and a description in each panel, and no panels that overlap',
    (_, { panels }) => {
      const taken = new Set<string>();
      for (const { type, title, targets = [], gridPos, description } of panels) {
        if (type !== 'row')
          expect({ title, asks: targets.length > 0, description }).toMatchObject({
            asks: true,
            description: expect.stringMatching(/\.$/),
          });
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(x).toBeLessThan(24);
            expect({ title, cell: [x, y], isTaken: taken.has(`${x},${y}`) }).toMatchObject({ isTaken: false });
            taken.add(`${x},${y}`);
          }
        }
      }
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    },
  );
});
