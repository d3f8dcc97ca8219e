import { afterEach, describe, expect, it } from '@jest/globals';
import { createHealth, StoreImpairedError, type Health } from './health.js';

let health: Health;
afterEach(() => health.close());

function healthWith(
  onChange: (store: string, failure: unknown) => void = () => undefined,
  isDraining = () => false,
): Health {
  health = createHealth({ isDraining, onChange, probeIntervalMs: 10, probeTimeoutMs: 20 });
  return health;
}

describe('createHealth', () => {
  it('is starting until each required store has responded once', async () => {
    let answer = () => undefined as void;
    const reachable = new Promise<void>((resolve) => (answer = resolve));
    healthWith().require('postgres', () => reachable);
    health.require('redis', () => Promise.resolve());
    expect(health.report()).toMatchObject({ status: 'starting', waitingFor: ['postgres', 'redis'] });
    answer();
    await health.ready();
    expect(health.report()).toEqual({ status: 'ok', waitingFor: [], degraded: [] });
  });

  it('becomes ready if a store responds but refuses writes, and names the store', async () => {
    healthWith().require('redis', () => Promise.reject(new StoreImpairedError('refuses writes')));
    await health.ready();
    expect(health.report()).toEqual({ status: 'ok', waitingFor: [], degraded: ['redis'] });
  });

  it('becomes ready if a store that was down at the start responds but refuses writes', async () => {
    let failure = new Error('refused');
    const isAway = new Promise<void>((resolve) => healthWith(() => resolve()));
    health.require('redis', () => Promise.reject(failure));
    // `isAway` resolves after START_PATIENCE_MS, because `createHealth` does not report earlier failures.
    await isAway;
    failure = new StoreImpairedError('refuses writes');
    await health.ready();
    expect(health.report()).toEqual({ status: 'ok', waitingFor: [], degraded: ['redis'] });
  });

  it('stays ready when a store goes down, names the store, and reports when it answers again', async () => {
    let isUp = true;
    const changes: [string, boolean][] = [];
    const gone = new Promise<void>((resolve) => {
      healthWith((store, failure) => {
        changes.push([store, failure === undefined]);
        if (failure !== undefined) resolve();
      });
    });
    health.require('redis', () => (isUp ? Promise.resolve() : Promise.reject(new Error('refused'))));
    await health.ready();
    isUp = false;
    await gone;
    expect(health.report()).toEqual({ status: 'ok', waitingFor: [], degraded: ['redis'] });
    expect(changes).toEqual([
      ['redis', true],
      ['redis', false],
    ]);
  });

  it('treats a hanging store as one that does not respond', async () => {
    let hangs = false;
    const noticed = new Promise<unknown>((resolve) => {
      healthWith((_store, failure) => failure !== undefined && resolve(failure));
    });
    health.require('mongo', () => (hangs ? new Promise(() => undefined) : Promise.resolve()));
    await health.ready();
    hangs = true;
    expect(await noticed).toMatchObject({ message: 'The probe took longer than 20 ms.' });
  });

  it('is draining from the moment the shutdown begins', () => {
    expect(healthWith(undefined, () => true).report().status).toBe('draining');
  });
});
