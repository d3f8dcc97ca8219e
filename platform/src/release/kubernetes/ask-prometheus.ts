import { Refusal } from '../../terminal.ts';
import { until } from '../../until.ts';
import type { Kubectl, KubeObject } from './kubectl.ts';

const ANSWERED_MS = 60_000;
/** In a first step of 25 %, the canary gets a quarter of the requests. The platform must get four times the requests that the analysis needs. */
const FIRST_SHARE = 4;

interface Template extends KubeObject {
  spec: {
    args: { name: string; value?: string }[];
    metrics: { provider: { prometheus?: { address: string } } }[];
  };
}

/** An analysis of Argo, with its results. */
export interface AnalysisRun extends KubeObject {
  status?: {
    phase?: string;
    metricResults?: {
      name: string;
      phase: string;
      message?: string;
      measurements?: { value?: string; message?: string }[];
    }[];
  };
}

/**
 * Lets Argo's controller send queries to Prometheus, as it will do during the analysis. Does nothing if no
 * AnalysisTemplate uses Prometheus.
 * @param services with the hash of the pods that serve. Without services, any figure of the platform is enough
 * @throws Refusal when the controller does not react, or cannot reach Prometheus, or when a figure is missing or too low
 */
export async function askPrometheus(
  kubectl: Kubectl,
  objects: KubeObject[],
  services: { name: string; stable: string | undefined }[],
): Promise<void> {
  const templates = objects.filter((object): object is Template => object.kind === 'AnalysisTemplate');
  const template = templates.find(({ spec }) => spec.metrics[0]?.provider.prometheus);
  const prometheus = template?.spec.metrics[0]?.provider.prometheus;
  if (!template || !prometheus) return;
  const address = prometheus.address.replace('{{args.namespace}}', kubectl.namespace);
  const valueOf = (name: string) => template.spec.args.find((arg) => arg.name === name)?.value ?? '';
  const [window, least] = [valueOf('window'), FIRST_SHARE * Number(valueOf('least'))];
  const metric = (name: string, query: string, condition: string) => ({
    name,
    consecutiveErrorLimit: 0,
    successCondition: `len(result) > 0 && ${condition}`,
    provider: { prometheus: { ...prometheus, address, query } },
  });
  const requestsTo = (pods = '') =>
    `sum(increase(http_request_duration_seconds_count{rollouts_pod_template_hash="${pods}"}[${window}]))`;
  const ofServices = services.map(({ name, stable }) => metric(name, requestsTo(stable), `result[0] >= ${least}`));
  const ofPlatform = metric('the platform', 'count(service_build_info)', 'result[0] > 0');
  const metrics = services.length > 0 ? ofServices : [ofPlatform];
  const status = await runAnalysis(kubectl, template.apiVersion, metrics);
  if (status.phase === 'Successful') return;
  const failed = (status.metricResults ?? []).filter(({ phase }) => phase !== 'Successful');
  const figures = failed.map(({ name, message, measurements: [first] = [] }) => {
    return `${name}: ${[first?.value, first?.message, message].find(Boolean)}`;
  });
  throw new Refusal(
    `Argo could not judge a canary. Prometheus at ${address} must answer Argo's controller, scrape the pods, and have recorded ${least} requests to each service within ${window}. Its answers:\n${figures.join('\n')}`,
  );
}

async function runAnalysis(
  kubectl: Kubectl,
  apiVersion: string,
  metrics: object[],
): Promise<NonNullable<AnalysisRun['status']>> {
  const [kind, name] = ['analysisruns.argoproj.io', `release-asks-${Date.now()}`];
  const read = async () => {
    const { status = {} } = ((await kubectl.find(kind, name)) ?? {}) as Partial<AnalysisRun>;
    return ['Successful', 'Failed', 'Error', 'Inconclusive'].includes(status.phase ?? '') && status;
  };
  const late = () =>
    new Refusal(`Argo's controller has not asked Prometheus within ${ANSWERED_MS / 1_000} s. Does it run?`);
  try {
    await kubectl.apply([{ apiVersion, kind: 'AnalysisRun', metadata: { name }, spec: { metrics } }]);
    return await until(ANSWERED_MS, read, late);
  } finally {
    await kubectl.remove(kind, [name]);
  }
}
