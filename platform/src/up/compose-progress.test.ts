import { describe, expect, it } from '@jest/globals';
import { progressOf, type Container } from './compose-progress.ts';

const config = {
  services: {
    migrate: { restart: 'no', depends_on: { postgres: {} } },
    postgres: { restart: 'unless-stopped' },
    gateway: { restart: 'unless-stopped', deploy: { replicas: 2 }, depends_on: { migrate: {}, postgres: {} } },
    nginx: { restart: 'unless-stopped', depends_on: { gateway: {} } },
  },
};

describe('the progress of npm run up', () => {
  it('reports how many containers are ready, which are not and why, and which wait for others', () => {
    const { isDone, sentence, failed } = progressOf(config, [
      container('postgres', { Health: 'healthy' }),
      container('migrate', { State: 'running', Health: '' }),
      container('gateway', { State: 'created' }),
    ]);
    expect(isDone).toBe(false);
    expect(sentence.split('\n').map((line) => line.trim())).toEqual([
      '1 of 5 containers are ready',
      'migrate: migrate-1 is running',
      'gateway waits for migrate',
      'nginx waits for gateway',
    ]);
    expect(failed).toEqual([]);
  });

  it('counts a job when it has exited with 0, and each replica that is healthy', () => {
    const { isDone, sentence } = progressOf(config, [
      container('postgres', { Health: 'healthy' }),
      container('migrate', { State: 'exited', Health: '' }),
      container('gateway', { Health: 'healthy' }),
      container('gateway', { Name: 'gateway-2', Health: 'starting' }),
      container('nginx', { Health: '' }),
    ]);
    expect(isDone).toBe(false);
    expect(sentence).toMatch(/^4 of 5 .*\n +gateway: gateway-2 is not healthy yet \(starting\)$/);
  });

  it('names the containers that have failed', () => {
    const { failed } = progressOf(config, [
      container('postgres', { State: 'restarting', Health: '' }),
      container('migrate', { State: 'exited', Health: '', ExitCode: 1 }),
      container('gateway', { Health: 'unhealthy' }),
      container('nginx', { Health: 'starting' }),
    ]);
    expect(failed.map(({ Service }) => Service)).toEqual(['postgres', 'migrate', 'gateway']);
  });
});

function container(Service: string, state: Partial<Container>): Container {
  return { Service, Name: `${Service}-1`, State: 'running', Health: '', ExitCode: 0, ...state };
}
