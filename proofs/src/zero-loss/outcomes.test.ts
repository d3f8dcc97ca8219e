import { describe, expect, it } from '@jest/globals';
import { Outcomes } from './outcomes.ts';

describe('a deliberately bad build', () => {
  it('may send 500 to its share of the requests, but only while it serves', () => {
    const outcomes = new Outcomes();
    outcomes.disturbances.push({ name: 'canary', detail: '', beganAt: 100, endedAt: 200, badShare: 0.25 });
    for (const beganAt of [110, 120, 130]) add(outcomes, 'answered', beganAt);
    add(outcomes, 'lost', 140, 'answer 500 internal: Something went wrong');
    expect(outcomes.unforgivable).toEqual([]);
    expect(outcomes.badBuilds).toEqual([{ name: 'canary', bad: 1, of: 4, isTooMany: false }]);

    add(outcomes, 'lost', 150, 'answer 500 internal: Something went wrong');
    expect(outcomes.badBuilds[0]?.isTooMany).toBe(true);
    add(outcomes, 'lost', 160, 'answer 503 unavailable: later');
    add(outcomes, 'lost', 300, 'answer 500 internal: Something went wrong');
    add(outcomes, 'hung', 170);
    expect(outcomes.unforgivable.map(({ beganAt }) => beganAt)).toEqual([160, 300, 170]);
  });
});

function add(outcomes: Outcomes, ending: 'answered' | 'lost' | 'hung', beganAt: number, reason?: string) {
  outcomes.add({ door: 'd', kind: 'read', ending, beganAt, endedAt: beganAt + 5, ...(reason && { reason }) });
}
