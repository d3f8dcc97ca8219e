/** The whole story of e2e/story.test.ts, told through the node's port; then the books, asked within the cluster. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { root } from '@mainstay/platform/root';
import { Refusal, during, progress } from '@mainstay/platform/terminal';
import type { Kubectl } from '@mainstay/platform/release/kubernetes/kubectl';

/** @throws Refusal where a chapter is not as it must be; Jest has said which */
export async function tellStory(url: string) {
  await during(`The story, through ${url}`, async () => {
    const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
    const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, 'e2e/story.test.ts'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, MAINSTAY_URL: url },
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Refusal('The story does not pass.');
  });
}

/** @throws Refusal where the books do not hold */
export async function proveBooks(kubectl: Kubectl) {
  const said = await kubectl
    .call(['exec', 'deployment/accounts', '--', 'node', 'service/dist/reconcile.js'], { timeoutMs: 180_000 })
    .catch((error) => {
      throw new Refusal(`The books do not hold: ${error.message}`);
    });
  progress(said.trim());
}
