import { describe, expect, it } from '@jest/globals';
import { perWorker } from './per-worker.js';

describe('perWorker', () => {
  it.each([
    { total: 20, workers: 1, part: 20 },
    { total: 20, workers: 3, part: 6 },
    { total: 20, workers: 64, part: 2 },
    { total: 1, workers: 4, part: 1 },
    { total: 0, workers: 4, part: 0 },
  ])('gives $part of $total to each of $workers workers', ({ total, workers, part }) => {
    expect(perWorker(total, { workers })).toBe(part);
  });
});
