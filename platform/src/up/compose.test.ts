import { describe, expect, it } from '@jest/globals';
import { progressOf, type Container } from './compose.ts';

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
    const { isDone, sentence, hasFailed, culprits } = progressOf(config, [
      container('postgres', { Health: 'healthy' }),
      container('migrate', { State: 'running', Health: '' }),
      container('gateway', { State: 'created' }),
      container('gateway', { Name: 'gateway-2', State: 'created' }),
      container('nginx', { State: 'created' }),
    ]);
    expect(isDone).toBe(false);
    expect(sentence.split('\n').map((line) => line.trim())).toEqual([
      '1 of 5 containers are ready',
      'migrate-1 is running',
      'gateway waits for migrate',
      'nginx waits for gateway',
    ]);
    expect(hasFailed).toBe(false);
    expect(culprits.map(({ Name }) => Name)).toEqual(['migrate-1']);
  });

  it('counts a job when it has exited with 0, and each replica that is healthy', () => {
    const containers = [
      container('postgres', { Health: 'healthy' }),
      container('migrate', { State: 'exited', Health: '' }),
      container('gateway', { Health: 'healthy' }),
      container('gateway', { Name: 'gateway-2', Health: 'starting' }),
      container('nginx', { Health: '' }),
    ];
    const { isDone, sentence } = progressOf(config, containers);
    expect(isDone).toBe(false);
    expect(sentence).toMatch(/^4 of 5 .*\n +gateway-2 is running, health: starting$/);
    containers[3] = container('gateway', { Name: 'gateway-2', Health: 'healthy' });
    expect(progressOf(config, containers)).toMatchObject({ isDone: true, sentence: '5 of 5 containers are ready' });
  });

  it('is not complete before all containers exist, and ignores containers of other services', () => {
    const containers = [container('postgres', { Health: 'healthy' }), container('former', { Health: 'unhealthy' })];
    const { isDone, sentence, hasFailed } = progressOf(config, containers);
    expect([isDone, sentence, hasFailed]).toEqual([false, '1 of 5 containers are ready', false]);
  });

  it('names the containers that have failed, with the exit code', () => {
    const { culprits, hasFailed, sentence } = progressOf(config, [
      container('postgres', { State: 'restarting', Health: '', ExitCode: 127 }),
      container('migrate', { State: 'exited', Health: '', ExitCode: 1 }),
      container('gateway', { Health: 'unhealthy' }),
      container('nginx', { Health: 'starting' }),
    ]);
    expect(hasFailed).toBe(true);
    expect(culprits.map(({ Service }) => Service)).toEqual(['postgres', 'migrate', 'gateway']);
    expect(sentence).toContain('postgres-1 is restarting, exit code 127');
  });
});

function container(Service: string, state: Partial<Container>): Container {
  return { Service, Name: `${Service}-1`, State: 'running', Health: '', ExitCode: 0, ...state };
}
