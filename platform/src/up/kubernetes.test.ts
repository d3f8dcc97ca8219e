import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../release/kubernetes/kubectl.ts';
import { progressOf } from './kubernetes.ts';

const complete = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

describe('the progress of npm run up -- kubernetes', () => {
  it('reports how many workloads are ready, and which pods are not and why', () => {
    const { isDone, sentence } = progressOf(
      [
        workload('StatefulSet', 'postgres', complete),
        workload('Deployment', 'web', { ...complete, availableReplicas: 0 }),
      ],
      [
        pod('web', { waiting: { reason: 'ErrImagePull', message: 'no such image' } }),
        pod('activity', { waiting: { reason: 'ContainerCreating' } }),
      ],
      [event('activity', 'secret "activity-secrets" not found'), event('web', 'not shown')],
    );
    expect(isDone).toBe(false);
    expect(sentence.split('\n').map((line) => line.trim())).toEqual([
      '1 of 2 workloads are ready',
      'web-1: ErrImagePull no such image',
      'activity-1: ContainerCreating FailedMount: secret "activity-secrets" not found',
    ]);
  });

  it.each([
    ['has not seen the template', { observedGeneration: 0 }],
    ['also has an available pod of the former template', { replicas: 2 }],
    ['has only an available pod of the former template', { replicas: 2, availableReplicas: 1 }],
    ['has replaced no pod', { updatedReplicas: 0 }],
  ])('does not count a workload as ready if it %s', (_, status) => {
    expect(progressOf([workload('Deployment', 'web', { ...complete, ...status })], [], []).isDone).toBe(false);
  });

  it('ends when all pods have the current template and are ready', () => {
    expect(progressOf([workload('Deployment', 'web', complete)], [], [])).toEqual({
      isDone: true,
      sentence: '1 of 1 workloads are ready',
    });
  });
});

function workload(kind: string, name: string, status: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, generation: 1 }, spec: { replicas: 1 }, status };
}

function pod(name: string, state: object): KubeObject {
  const status = { phase: 'Pending', containerStatuses: [{ state }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-1`, uid: name }, status };
}

function event(uid: string, message: string): KubeObject {
  const of = { involvedObject: { uid }, lastTimestamp: '2026-01-31T00:00:00Z' };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: uid },
    type: 'Warning',
    reason: 'FailedMount',
    message,
    ...of,
  };
}
