import { join } from 'node:path';
import { isPortFree } from '../processes/ports.ts';
import { root } from '../root.ts';
import { serviceOf } from '../services.ts';
import type { Launch } from '../start/start-services.ts';
import { superviseReplaceable, type ReplaceableProcess } from './replaceable-process.ts';

const runSources = join(import.meta.dirname, 'run-sources.ts');

/** Runs a service from its sources, so that it can be replaced while its ports stay open. Debuggers attach to its inspect port, if that is free. */
export const launchSource: Launch<ReplaceableProcess> = async (
  name,
  { port, managementPort },
  planFor,
  supervision,
) => {
  const { inspectPort } = serviceOf(name);
  const canInspect = await isPortFree(inspectPort);
  if (!canInspect) supervision.report(`${name}: port ${inspectPort} is in use, so no debugger can attach`);
  return superviseReplaceable(
    ([own = 0, ownManagement = 0, inspect], generation) => {
      const plan = planFor({ port: own, managementPort: ownManagement });
      return {
        ...plan,
        args: [
          ...(inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect}`]),
          '--disable-warning=ExperimentalWarning',
          `--import=${runSources}`,
          join(root, 'services', name, 'src/main.ts'),
        ],
        recordFile: plan.recordFile.replace(/\.pid$/, `-${generation}.pid`),
      };
    },
    [port, managementPort, ...(canInspect ? [inspectPort] : [])],
    supervision,
  );
};
