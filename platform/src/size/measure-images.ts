import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';
import { Refusal } from '../terminal.ts';

/** The most that a service's image may add to its base image. */
export const MEGABYTES_MAX = 60;

/**
 * Returns how many megabytes each service's image adds to its base image, as the Docker engine of this machine reports.
 * @throws Refusal if an image is missing
 */
export async function measureImages(tag: string): Promise<Record<string, number>> {
  const base = /^FROM (\S+) AS node$/m.exec(readFileSync(join(root, 'docker/Dockerfile'), 'utf8'))?.[1] ?? '';
  const baseBytes = await bytesOf(base);
  const sizes: Record<string, number> = {};
  for (const name of serviceNames) {
    sizes[name] = Math.round(((await bytesOf(`mainstay/${name}:${tag}`)) - baseBytes) / 1e6);
  }
  return sizes;
}

async function bytesOf(image: string): Promise<number> {
  try {
    const args = ['image', 'inspect', '--format', '{{.Size}}', image];
    return Number((await promisify(execFile)('docker', args, { timeout: 10_000 })).stdout);
  } catch (error) {
    throw new Refusal(
      `The Docker engine does not show the image ${image}. Run docker buildx bake --file docker/bake.hcl. (${String(error)})`,
    );
  }
}
