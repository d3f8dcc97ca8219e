/** Starts edges, which are reverse proxies with the platform's configuration, in front of one gateway. */
import type { Shutdown } from '@mainstay/platform/start/shutdown';
import { Refusal } from '@mainstay/platform/terminal';
import { edges as kinds } from '../../e2e/edge/edges.ts';
import { findProgram } from '../../e2e/find-program.ts';

export const edgeNames = kinds.map(({ name }) => name.toLowerCase());

export interface Edge {
  name: string;
  url: string;
  /** PEM of the certificate that the edge made. */
  ca: string;
  /** Resolves when new workers have started. Old workers finish their requests. */
  reload: () => Promise<void>;
}

/** An address at which clients reach the platform: the gateway itself, or an edge. */
export interface Front {
  name: string;
  url: string;
  /** PEM of the certificate to trust. Missing if the address does not use TLS. */
  ca?: string;
}

/** @param chosen the name of an edge, or "gateway alone". If empty, `work` gets the gateway and all edges */
export async function withFronts<Result>(
  gatewayUrl: string,
  chosen: string,
  work: (fronts: Front[]) => Promise<Result>,
): Promise<Result> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const names = edgeNames.filter((name) => !chosen || name === chosen);
    const edges = await Promise.all(names.map((name) => startEdge(name, gatewayUrl, (close) => closers.push(close))));
    const direct = { name: 'gateway alone', url: gatewayUrl };
    return await work(!chosen || direct.name === chosen ? [direct, ...edges] : edges);
  } finally {
    for (const close of closers) await close();
  }
}

/** Starts an edge and registers its shutdown. @throws Refusal if a program that the edge needs is not installed */
export async function startEdge(name: string, gatewayUrl: string, onClose: Shutdown['onClose']): Promise<Edge> {
  const kind = kinds.find((one) => one.name.toLowerCase() === name)!;
  const missing = kind.programs.filter((program) => !findProgram(program));
  if (missing.length > 0) throw new Refusal(`Not installed: ${missing.join(', ')}. They are needed for ${kind.name}.`);
  const edge = await kind.start([new URL(gatewayUrl).host]);
  onClose(() => edge.close());
  return { name, url: edge.url, ca: (await edge.certificate()).toString(), reload: () => edge.reload() };
}
