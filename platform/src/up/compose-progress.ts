/** Computes the progress of a compose project from the output of `docker compose config` and `docker compose ps`. */

/** The fields of `docker compose config --format json` that `npm run up` reads. */
export interface ComposeConfig {
  services: Record<
    string,
    {
      restart?: string;
      scale?: number;
      deploy?: { replicas?: number };
      depends_on?: Record<string, unknown>;
      environment?: Record<string, string | null>;
      ports?: { host_ip?: string; target: number; published?: string }[];
    }
  >;
}

/** The fields of a line of `docker compose ps --all --format json` that `npm run up` reads. */
export interface Container {
  Name: string;
  Service: string;
  State: string;
  Health: string;
  ExitCode: number;
}

export interface Progress {
  isDone: boolean;
  /** How many containers are ready, which are not and why, and which services wait for others. */
  sentence: string;
  /** Containers that have failed, so that waiting does not help. */
  failed: Container[];
  /** Containers that have started and are not ready. */
  slow: Container[];
}

/** A job, which has `restart: "no"`, is ready when it has exited with 0. Another container is ready when it is healthy, or runs without a health check. */
export function progressOf({ services }: ComposeConfig, containers: Container[]): Progress {
  const names = Object.keys(services);
  const isJob = (name: string) => services[name]?.restart === 'no';
  const wanted = (name: string) => services[name]?.deploy?.replicas ?? services[name]?.scale ?? 1;
  const isReady = ({ Service, State, Health, ExitCode }: Container) =>
    isJob(Service)
      ? State === 'exited' && ExitCode === 0
      : State === 'running' && (Health === '' || Health === 'healthy');
  const ready = (name: string) => containers.filter((one) => one.Service === name && isReady(one)).length;
  const late = names.filter((name) => ready(name) < wanted(name));
  const isBegun = (name: string) =>
    containers.some((one) => one.Service === name && !['created', ''].includes(one.State));

  const slow = containers.filter((one) => !isReady(one) && isBegun(one.Service) && one.State !== 'created');
  const lines = late.map((name) => {
    const slowOnes = slow.filter(({ Service }) => Service === name);
    if (isBegun(name)) return `${name}: ${slowOnes.map((one) => whatItDoes(one, isJob(name))).join(', ')}`;
    const blockers = Object.keys(services[name]?.depends_on ?? {}).filter((one) => late.includes(one));
    return blockers.length > 0 ? `${name} waits for ${blockers.join(' and ')}` : `${name} starts`;
  });
  const of = names.reduce((sum, name) => sum + wanted(name), 0);
  const count = names.reduce((sum, name) => sum + Math.min(ready(name), wanted(name)), 0);
  return {
    isDone: late.length === 0,
    sentence: [`${count} of ${of} containers are ready`, ...lines].join('\n  '),
    failed: containers.filter((one) => hasFailed(one, isJob(one.Service))),
    slow,
  };
}

function hasFailed({ State, Health, ExitCode }: Container, isJob: boolean): boolean {
  return Health === 'unhealthy' || State === 'restarting' || (isJob && State === 'exited' && ExitCode !== 0);
}

function whatItDoes({ Name, State, Health, ExitCode }: Container, isJob: boolean): string {
  if (State === 'running') return isJob ? `${Name} is running` : `${Name} is not healthy yet (${Health})`;
  return State === 'exited' ? `${Name} has exited with ${ExitCode}` : `${Name} is ${State}`;
}
