import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../release/kubernetes/kubectl.ts';
import { progressOf } from './kubernetes.ts';

describe('the progress of npm run up -- kubernetes', () => {
  it('reports how many workloads are ready, and which pods are not and why', () => {
    const { isDone, sentence } = progressOf(
      [
        workload('StatefulSet', 'postgres', { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 }),
        workload('Deployment', 'web', { observedGeneration: 1, updatedReplicas: 1 }),
      ],
      [pod('web', { waiting: { reason: 'ErrImagePull', message: 'no such image' } })],
    );
    expect(isDone).toBe(false);
    expect(sentence.split('\n').map((line) => line.trim())).toEqual([
      '1 of 2 workloads are ready',
      'web-1: ErrImagePull no such image',
    ]);
  });

  it('counts only pods of the current template', () => {
    const former = { observedGeneration: 0, updatedReplicas: 1, readyReplicas: 1 };
    expect(progressOf([workload('Deployment', 'web', former)], []).isDone).toBe(false);
    const current = { ...former, observedGeneration: 1 };
    expect(progressOf([workload('Deployment', 'web', current)], [])).toEqual({
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
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-1` }, status };
}
