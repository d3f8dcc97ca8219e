/** Computes the progress of a platform on Kubernetes from its objects in the cluster. */
import { isTroubled, reasonOf } from '../release/kubernetes/deployments.ts';
import type { KubeObject } from '../release/kubernetes/kubectl.ts';
import { migrations, serviceNames, serviceOf } from '../services.ts';

const NAME = 'app.kubernetes.io/name';

export interface Progress {
  isDone: boolean;
  /** How many pods are ready, which are not and why, and which workloads wait for others. */
  sentence: string;
}

interface Counted {
  name: string;
  wanted: number;
  ready: number;
}

/**
 * A Deployment or StatefulSet is ready when all its replicas are ready pods of the current template. A Job is ready
 * when it has succeeded.
 * @param workloads Deployments, StatefulSets and Jobs of the cluster
 */
export function progressOf(workloads: KubeObject[], pods: KubeObject[]): Progress {
  const counted = workloads.map(countOf);
  const late = counted.filter(({ wanted, ready }) => ready < wanted);
  const isLate = (name: string) => late.some((one) => one.name === name);
  const lines = late.map(({ name }) => {
    const waitsFor = dependenciesOf(name).filter(isLate);
    if (waitsFor.length > 0) return `${name} waits for ${waitsFor.join(' and ')}`;
    const own = pods.filter((pod) => pod.metadata.labels?.[NAME] === name && isTroubled(pod));
    return own.length === 0
      ? `${name} starts`
      : `${name}: ${own.map((pod) => `${pod.metadata.name}, ${reasonOf(pod)}`).join('; ')}`;
  });
  const sum = (key: 'wanted' | 'ready') => counted.reduce((total, one) => total + one[key], 0);
  return {
    isDone: counted.length > 0 && late.length === 0,
    sentence: [`${sum('ready')} of ${sum('wanted')} pods are ready`, ...lines].join('\n  '),
  };
}

function countOf({ kind, metadata, spec, status }: KubeObject): Counted {
  const { replicas = 1 } = (spec ?? {}) as { replicas?: number };
  const { observedGeneration, updatedReplicas, readyReplicas, succeeded } = (status ?? {}) as Record<string, number>;
  if (kind === 'Job') return { name: jobNameOf(metadata.name), wanted: 1, ready: Math.min(succeeded ?? 0, 1) };
  const isSeen = (observedGeneration ?? 0) >= Number(metadata.generation);
  const ready = isSeen ? Math.min(updatedReplicas ?? 0, readyReplicas ?? 0, replicas) : 0;
  return { name: metadata.name, wanted: replicas, ready };
}

/** Returns a Job's name, without the tag at the end of a migration's name. */
function jobNameOf(name: string): string {
  return migrations.find(({ job }) => name.startsWith(`${job}-`))?.job ?? name;
}

/** Returns the workloads for which a workload waits, by services.ts. If it reads secrets, it also waits for the Job that makes them. */
function dependenciesOf(name: string): string[] {
  if (['bootstrap', 'prometheus', 'web'].includes(name)) return [];
  if (migrations.some(({ job }) => job === name)) return ['bootstrap', 'postgres'];
  const service = serviceNames.find((one) => one === name);
  if (!service) return ['bootstrap'];
  const { stores, migration } = serviceOf(service);
  return ['bootstrap', ...stores, ...(migration ? [migration.job] : [])];
}
