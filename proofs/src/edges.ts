/** nginx and HAProxy with the platform's configuration, in front of one gateway. */
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { Refusal } from '@mainstay/platform/terminal';
import { edges as kinds } from '../../e2e/edge/edges.ts';
import { findProgram } from '../../e2e/find-program.ts';

export type EdgeName = 'nginx' | 'haproxy';
export interface Edge {
  name: EdgeName;
  url: string;
  /** PEM of the certificate that it made. */
  ca: string;
  /** Resolves when new workers have begun. The old ones finish what they have. */
  reload: () => Promise<void>;
}

/** A way to the platform: the gateway itself, or an edge before it. */
export interface Front {
  name: string;
  url: string;
  /** PEM of the certificate to trust, if the way is TLS. */
  ca?: string;
}

/** Opens the gateway itself and both edges before it, or the one that is chosen, to the work. */
export async function withFronts<Result>(
  gatewayUrl: string,
  chosen: string | undefined,
  work: (fronts: Front[]) => Promise<Result>,
): Promise<Result> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const names = (['nginx', 'haproxy'] as const).filter((name) => name === (chosen ?? name));
    const edges = await Promise.all(names.map((name) => startEdge(name, gatewayUrl, (close) => closers.push(close))));
    const direct = { name: 'gateway alone', url: gatewayUrl };
    return await work(direct.name === (chosen ?? direct.name) ? [direct, ...edges] : edges);
  } finally {
    for (const close of closers) await close();
  }
}

/** Starts an edge, and registers its end. @throws Refusal if a program is missing */
export async function startEdge(name: EdgeName, gatewayUrl: string, onClose: Shutdown['onClose']): Promise<Edge> {
  const kind = kinds.find((one) => one.name.toLowerCase() === name)!;
  const missing = kind.programs.filter((program) => !findProgram(program));
  if (missing.length > 0) throw new Refusal(`Not installed: ${missing.join(', ')}. They are needed for ${kind.name}.`);
  const edge = await kind.start([new URL(gatewayUrl).host]);
  onClose(() => edge.close());
  return { name, url: edge.url, ca: (await edge.certificate()).toString(), reload: () => edge.reload() };
}
