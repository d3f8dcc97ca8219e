/** The services as processes: their environment, when they are ready, and which of their log lines are shown. */
import { join } from 'node:path';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { supervise, type SupervisedProcess, type Supervision } from '../processes/supervised-process.ts';
import { root } from '../root.ts';
import { serviceNames, type ServiceName } from '../services.ts';
import type { ServicePorts, Settings } from '../settings.ts';
import { Refusal, progress } from '../terminal.ts';
import { followLog, readableLine } from './follow-log.ts';
import type { Foundation } from './open-platform-stores.ts';
import { serviceSettings } from './service-settings.ts';
import type { Shutdown } from './shutdown.ts';

/** Starts a service whose process listens on the ports that its plan is made for. */
export type Launch<Process extends SupervisedProcess> = (
  name: ServiceName,
  ports: ServicePorts,
  planFor: (ports: ServicePorts) => ProcessPlan,
  supervision: Supervision,
) => Promise<Process>;

interface Options {
  /** Gets progress sentences; by default the terminal prints them. */
  tell?: (sentence: string) => void;
  /** Gets warnings and errors of the services' logs; by default the terminal prints them. */
  showLine?: (line: string) => void;
  /** Settings of all services in addition to those that follow from the stores. */
  environment?: Record<string, string>;
}

const launchBuild: Launch<SupervisedProcess> = (_name, ports, planFor, supervision) =>
  supervise(planFor(ports), supervision);

/**
 * Starts all services at once and keeps them running. Registers their closer.
 * @throws Refusal with the last lines of each service that does not become ready
 */
export function startServices(
  settings: Settings,
  foundation: Foundation,
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
  options: Options = {},
): Promise<Record<ServiceName, SupervisedProcess>> {
  return launchServices(launchBuild, settings, foundation, shutdown, options);
}

/** The same, with another way to start a service. */
export async function launchServices<Process extends SupervisedProcess>(
  launch: Launch<Process>,
  settings: Settings,
  foundation: Foundation,
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
  { tell = progress, showLine = progress, environment = {} }: Options = {},
): Promise<Record<ServiceName, Process>> {
  const running: Process[] = [];
  shutdown.onClose(async () => {
    tell('Stopping the services');
    await Promise.all(running.map((service) => service.stop()));
  });
  const started = await Promise.allSettled(
    serviceNames.map(async (name) => {
      const planFor = (ports: ServicePorts) =>
        planOf(name, settings, ports, { ...environmentOf(name, settings, ports, foundation), ...environment });
      const ports = settings.ports[name];
      shutdown.onClose(followLog(planFor(ports).logFile, (line) => showLine(`${name}: ${line}`)));
      const service = await launch(name, ports, planFor, { report: tell, attempts: 3, signal: shutdown.signal });
      running.push(service);
      tell(`${name} is ready on port ${settings.ports[name].port}`);
      return [name, service] as const;
    }),
  );
  const failures = started.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Error).message] : [],
  );
  if (failures.length > 0) throw new Refusal(failures.join('\n'));
  const entries = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return Object.fromEntries(entries) as Record<ServiceName, Process>;
}

function planOf(
  name: ServiceName,
  { dataDirectory, workingDirectory }: Settings,
  { port, managementPort }: ServicePorts,
  env: NodeJS.ProcessEnv,
): ProcessPlan {
  const prefix = name.toUpperCase();
  return {
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'services', name, 'dist/main.js')],
    cwd: workingDirectory,
    env,
    recordFile: join(dataDirectory, `${name}.pid`),
    logFile: join(dataDirectory, 'logs', `${name}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000, // longer than the drain may take
    readyTimeoutMs: 60_000,
    ports: [
      { port, setting: `${prefix}_PORT` },
      { port: managementPort, setting: `${prefix}_MANAGEMENT_PORT` },
    ],
    isReady: () => isReady(managementPort),
    readable: readableLine,
  };
}

function environmentOf(
  name: ServiceName,
  settings: Settings,
  { port, managementPort }: ServicePorts,
  foundation: Foundation,
): NodeJS.ProcessEnv {
  const { find } = settings;
  const prefix = name.toUpperCase();
  return {
    ...process.env,
    NODE_ENV: process.env.NODE_ENV ?? 'development',
    // A start reuses the compiled code of an earlier one.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/compiled'),
    // No load balancer has to notice the stop, and a browser's idle connections are not worth waiting for.
    PRE_DRAIN_DELAY_MS: find('PRE_DRAIN_DELAY_MS') ?? '0',
    DRAIN_WINDOW_MS: find('DRAIN_WINDOW_MS') ?? '2000',
    [`${prefix}_PORT`]: String(port),
    [`${prefix}_MANAGEMENT_PORT`]: String(managementPort),
    ...serviceSettings(name, settings, foundation),
  };
}

async function isReady(managementPort: number): Promise<boolean> {
  const signal = AbortSignal.timeout(2000);
  const reply = await fetch(`http://127.0.0.1:${managementPort}/readyz`, { signal }).catch(() => undefined);
  await reply?.body?.cancel();
  return reply?.status === 200;
}
