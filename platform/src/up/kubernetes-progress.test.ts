import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../release/kubernetes/kubectl.ts';
import { progressOf } from './kubernetes-progress.ts';

describe('the progress of npm run up -- kubernetes', () => {
  it('reports how many pods are ready, which are not and why, and which wait for others', () => {
    const { isDone, sentence } = progressOf(
      [
        object('Job', 'bootstrap', {}, { succeeded: 1 }),
        object('StatefulSet', 'postgres', { replicas: 1 }, { observedGeneration: 1, updatedReplicas: 1 }),
        object('Job', 'migrate-dev', {}, {}),
        object('Deployment', 'web', { replicas: 2 }, { observedGeneration: 1, updatedReplicas: 2, readyReplicas: 1 }),
      ],
      [
        pod('postgres', { waiting: { reason: 'ContainerCreating' } }),
        pod('web', { waiting: { reason: 'ErrImagePull', message: 'no such image' } }),
      ],
    );
    expect(isDone).toBe(false);
    expect(sentence.split('\n').map((line) => line.trim())).toEqual([
      '2 of 5 pods are ready',
      'postgres: postgres-1, ContainerCreating',
      'migrate waits for postgres',
      'web: web-1, ErrImagePull no such image',
    ]);
  });

  it('counts only pods of the current template', () => {
    const former = { observedGeneration: 0, updatedReplicas: 1, readyReplicas: 1 };
    expect(progressOf([object('Deployment', 'web', { replicas: 1 }, former)], []).isDone).toBe(false);
    const current = { ...former, observedGeneration: 1 };
    expect(progressOf([object('Deployment', 'web', { replicas: 1 }, current)], [])).toEqual({
      isDone: true,
      sentence: '1 of 1 pods are ready',
    });
  });
});

function object(kind: string, name: string, spec: object, status: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, generation: 1 }, spec, status };
}

function pod(name: string, state: object): KubeObject {
  const metadata = { name: `${name}-1`, labels: { 'app.kubernetes.io/name': name } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Pending', containerStatuses: [{ state }] } };
}
