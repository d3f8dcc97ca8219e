import path from 'node:path';
import {
  accepts,
  docker,
  startNginx,
  startProgram,
  stop,
  type Child,
  type Program,
  type Variables,
} from './edge-programs.ts';

/** Starts HAProxy and nginx. HAProxy forwards the requests for static files to nginx. */
export async function startHaproxy(folder: string, variables: Variables): Promise<Program> {
  const web = await startNginx(folder, { ...variables, EDGE_ROLE: 'static' });
  const user = process.getuid?.() === 0 ? variables.EDGE_USER : 'none';
  const env = { ...variables, EDGE_STATIC: variables.EDGE_STATIC_LISTEN, EDGE_USER: user };
  const child = startProgram('haproxy', ['-W', '-db', '-f', path.join(docker, 'haproxy/haproxy.cfg')], env);
  await Promise.all([accepts(child, variables.EDGE_HTTPS_PORT), loaded(child)]);
  return {
    async reload() {
      // Wait, because the master process does not handle a further signal until the new workers are loaded.
      const again = loaded(child);
      child.kill('SIGUSR2');
      await again;
    },
    async close() {
      await Promise.all([stop(child), web.close()]);
    },
  };
}

/** Resolves when HAProxy reports that its workers run. */
function loaded(child: Child): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (!said.includes('Loading success')) return;
      child.stderr.off('data', listen);
      resolve();
    };
    child.stderr.on('data', listen);
  });
}
