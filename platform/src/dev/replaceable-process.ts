import { freePort } from '../processes/ports.ts';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { supervise, type SupervisedProcess, type Supervision } from '../processes/supervised-process.ts';
import { openSteadyPort } from './steady-port.ts';

/** A process that another one can replace without a refused connection. */
export interface ReplaceableProcess extends SupervisedProcess {
  /** Waits until the processes that were replaced have ended. */
  settled(): Promise<void>;
}

/**
 * Starts a program whose ports stay open. A restart starts the new process first, on ports of its own, leads new connections to it, and then stops
 * the former one, which finishes its requests. If the new process does not start, the restart fails and the former one continues to serve.
 * @param planFor the plan of a process that listens on these ports; `generation` counts the processes
 * @throws what supervise throws, and Error if a public port is in use
 */
export async function superviseReplaceable(
  planFor: (ports: number[], generation: number) => ProcessPlan,
  publicPorts: number[],
  supervision: Supervision,
): Promise<ReplaceableProcess> {
  const steady = await Promise.all(publicPorts.map(openSteadyPort));
  const closePorts = () => Promise.all(steady.map((port) => port.close()));
  const leaving = new Set<Promise<void>>();
  let generation = 0;

  async function startNext(attempts = 1): Promise<SupervisedProcess> {
    const ports: number[] = [];
    while (ports.length < steady.length) ports.push(await freePort());
    const started = await supervise(planFor(ports, generation++), { ...supervision, attempts });
    steady.forEach((port, index) => port.leadTo(ports[index] ?? 0));
    return started;
  }

  function leave(former: SupervisedProcess): void {
    const gone = former.stop().finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  const settled = async () => void (await Promise.all(leaving));
  let current = await startNext(supervision.attempts).catch(async (error: unknown) => {
    await closePorts();
    throw error;
  });
  return {
    name: current.name,
    pid: () => current.pid(),
    async restart() {
      const former = current;
      current = await startNext();
      leave(former);
    },
    settled,
    async stop() {
      leave(current);
      await settled();
      await closePorts();
    },
  };
}
