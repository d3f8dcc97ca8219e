/** The parts of rendered objects that the checks read. */
import type { KubeObject } from '../../release/kubernetes/kubectl.ts';

/** A label selector. */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** A container of a pod. */
export interface Container {
  name: string;
  image: string;
  args?: string[];
  command?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string } }[];
  ports?: { containerPort: number; protocol?: string; name?: string }[];
}

/** The specification of a pod. */
export interface Pod {
  containers: Container[];
  initContainers?: Container[];
  terminationGracePeriodSeconds?: number;
  volumes?: { secret?: { secretName: string } }[];
}

interface Template {
  metadata?: { labels?: Record<string, string> };
  spec: Pod;
}

/** An object that makes pods. */
export interface Workload {
  object: KubeObject;
  /** The name of its pods, by their label. */
  name: string;
  labels: Record<string, string>;
  pod: Pod;
  /** Including those for initialisation. */
  containers: Container[];
}

/** The objects that make pods. A Rollout that refers to a Deployment has no template of its own. */
export function workloadsOf(objects: KubeObject[]): Workload[] {
  return objects.flatMap((object) => {
    const spec = object.spec as { template?: Template; jobTemplate?: { spec: { template: Template } } } | undefined;
    const template = object.kind === 'CronJob' ? spec?.jobTemplate?.spec.template : spec?.template;
    if (!Array.isArray(template?.spec.containers)) return [];
    const labels = template.metadata?.labels ?? {};
    const pod = template.spec;
    const name = labels['app.kubernetes.io/name'] ?? object.metadata.name;
    return { object, name, labels, pod, containers: [...(pod.initContainers ?? []), ...pod.containers] };
  });
}

/** The objects of one kind. */
export function ofKind(objects: KubeObject[], kind: string): KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** How sentences name an object. */
export function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

/**
 * Whether a label selector matches these labels. An empty selector matches everything.
 * @throws Error when Kubernetes does not know an operator
 */
export function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Record<string, string>,
): boolean {
  const holds = ({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    if (operator === 'In') return isIn;
    if (operator === 'NotIn') return !isIn;
    throw new Error(`unknown operator of a label selector: ${operator}`);
  };
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(holds);
}
