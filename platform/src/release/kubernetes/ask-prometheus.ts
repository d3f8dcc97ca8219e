import { Refusal } from '../../terminal.ts';
import { until, type Kubectl, type KubeObject } from './kubectl.ts';

/** The metric that Argo's analysis judges. The label LABEL distinguishes the pods of the old and of the new release. */
export const REQUESTS = 'http_request_duration_seconds_count';
export const LABEL = 'rollouts_pod_template_hash';
const ANSWERED_MS = 60_000;

interface Template extends KubeObject {
  spec: {
    args: { name: string; value?: string }[];
    metrics: { provider: { prometheus?: { address: string } } }[];
  };
}
/** An analysis of Argo, with its results. */
export interface AnalysisRun extends KubeObject {
  status?: RunStatus;
}

interface RunStatus {
  phase?: string;
  metricResults?: {
    name: string;
    phase: string;
    message?: string;
    measurements?: { value?: string; message?: string }[];
  }[];
}

/**
 * Lets Argo's controller send queries to Prometheus, as it will do during the analysis. Does nothing if no
 * AnalysisTemplate uses Prometheus.
 * @param options least: each figure must be at least this many times the minimum of the analysis
 * @throws Refusal when the controller does not react, or cannot reach Prometheus, or when a figure is missing or too low
 */
export async function askPrometheus(
  kubectl: Kubectl,
  objects: KubeObject[],
  queries: { name: string; query: (window: string) => string }[],
  { least: times }: { least: number },
): Promise<void> {
  const templates = objects.filter((object): object is Template => object.kind === 'AnalysisTemplate');
  const template = templates.find(({ spec }) => spec.metrics[0]?.provider.prometheus);
  const prometheus = template?.spec.metrics[0]?.provider.prometheus;
  if (!template || !prometheus) return;
  const address = prometheus.address.replace('{{args.namespace}}', kubectl.namespace);
  const valueOf = (name: string) => template.spec.args.find((arg) => arg.name === name)?.value ?? '';
  const [window, least] = [valueOf('window'), times * Number(valueOf('least'))];
  const metrics = queries.map(({ name, query }) => ({
    name,
    consecutiveErrorLimit: 0,
    successCondition: `len(result) > 0 && result[0] >= ${least}`,
    provider: { prometheus: { ...prometheus, address, query: query(window) } },
  }));
  const { phase, metricResults = [] } = await runAnalysis(kubectl, template.apiVersion, metrics);
  if (phase === 'Successful') return;
  const failed = metricResults.find((result) => result.phase === 'Error');
  if (failed) {
    const why = failed.measurements?.[0]?.message ?? failed.message;
    throw new Refusal(`Prometheus at ${address} does not answer Argo's controller: ${why}`);
  }
  const few = metricResults.filter((result) => result.phase === 'Failed');
  const found = few.map(({ name, measurements }) => `${name} ${Math.round(numberIn(measurements?.[0]?.value))}`);
  throw new Refusal(
    times === 0
      ? `Prometheus at ${address} has no figures of the platform: it must scrape the pods.`
      : `Argo would abort a canary, because it would get too few requests: in ${window} each service must get ${least}. They got: ${found.join(', ')}.`,
  );
}

async function runAnalysis(kubectl: Kubectl, apiVersion: string, metrics: object[]): Promise<RunStatus> {
  const name = `release-asks-${Date.now()}`;
  const read = async () => {
    const status = (await kubectl.find('analysisruns.argoproj.io', name))?.status as RunStatus | undefined;
    return ['Successful', 'Failed', 'Error', 'Inconclusive'].includes(status?.phase ?? '') && status!;
  };
  const late = () =>
    new Refusal(`Argo's controller has not asked Prometheus within ${ANSWERED_MS / 1_000} s. Does it run?`);
  try {
    await kubectl.apply([{ apiVersion, kind: 'AnalysisRun', metadata: { name }, spec: { metrics } }]);
    return await until(ANSWERED_MS, read, late);
  } finally {
    await kubectl.remove('analysisruns.argoproj.io', [name]);
  }
}

/** Returns the number in a result such as `[55.2]`, or 0 for `[]`. */
function numberIn(value = ''): number {
  return Number(/[\d.]+/.exec(value)?.[0] ?? 0);
}
