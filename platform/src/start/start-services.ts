import { join } from 'node:path';
import { isServing } from '../processes/ports.ts';
import { supervise, type ProcessPlan, type SupervisedProcess } from '../processes/supervised-process.ts';
import { root } from '../root.ts';
import { serviceNames, type ServiceName } from '../services.ts';
import { listenersOf, type Settings } from '../settings.ts';
import { Refusal, progress } from '../terminal.ts';
import { followLog, isGrave, readableLine } from './follow-log.ts';
import { serviceSettings, type Foundation } from './service-settings.ts';
import type { Shutdown } from './shutdown.ts';

interface Options {
  tell?: (sentence: string) => void;
  /** Returns whether the terminal shows a log line. Default: warnings and errors. */
  isShown?: (line: string) => boolean;
  /** Returns the arguments of Node.js for a service. The default runs the build. */
  argsOf?: (name: ServiceName) => Promise<string[]>;
  /** Settings that every service gets. These settings override other values of the same settings. */
  environment?: Record<string, string>;
}

/** Starts the services, and restarts services that end. @throws Refusal with log lines of services that do not start */
export async function startServices(
  settings: Settings,
  foundation: Foundation,
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
  { tell = progress, isShown = isGrave, argsOf = builtService, environment = {} }: Options = {},
): Promise<Record<ServiceName, SupervisedProcess>> {
  const running: Partial<Record<ServiceName, SupervisedProcess>> = {};
  shutdown.onClose(async () => {
    tell('Stopping the services');
    await Promise.all(Object.values(running).map((service) => service.stop()));
  });
  const started = await Promise.allSettled(
    serviceNames.map(async (name) => {
      const own = { ...serviceSettings(name, settings, foundation), ...environment };
      const plan = planOf(name, settings, await argsOf(name), own);
      shutdown.onClose(followLog(name, plan.logFile, isShown));
      running[name] = await supervise(plan, { report: tell, attempts: 3, signal: shutdown.signal });
      tell(`${name} is ready on port ${settings.ports[name].port}`);
    }),
  );
  const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (failures.length > 0) throw new Refusal(failures.map(({ message }) => message).join('\n'));
  return running as Record<ServiceName, SupervisedProcess>;
}

const builtService = (name: ServiceName) =>
  Promise.resolve(['--enable-source-maps', join(root, 'services', name, 'dist/main.js')]);

function planOf(name: ServiceName, settings: Settings, args: string[], environment: NodeJS.ProcessEnv): ProcessPlan {
  const { dataDirectory, workingDirectory, find } = settings;
  const listeners = listenersOf(name, settings.ports[name]);
  return {
    name,
    command: process.execPath,
    args,
    cwd: workingDirectory,
    env: {
      ...process.env,
      NODE_ENV: process.env.NODE_ENV ?? 'development',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/compiled'),
      // There is no load balancer, so a stop needs no delay.
      PRE_DRAIN_DELAY_MS: find('PRE_DRAIN_DELAY_MS') ?? '0',
      DRAIN_WINDOW_MS: find('DRAIN_WINDOW_MS') ?? '2000',
      ...Object.fromEntries(listeners.map(({ port, setting }) => [setting, String(port)])),
      ...environment,
    },
    recordFile: join(dataDirectory, `${name}.pid`),
    logFile: join(dataDirectory, 'logs', `${name}.log`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000, // longer than a drain with the default DRAIN_WINDOW_MS
    readyTimeoutMs: 60_000,
    ports: listeners,
    isReady: () => isReady(settings.ports[name].managementPort),
    readable: readableLine,
  };
}

export const isReady = (managementPort: number) => isServing(`http://127.0.0.1:${managementPort}/readyz`, 2_000);
