import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const read = (path: string) => readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** kustomize reads no file outside its folder, so the manifests contain copies of some files. */
describe('files that the manifests contain as a copy', () => {
  it.each([
    ['docker/redis/redis.conf', 'k8s/components/stores/redis/redis.conf'],
    ['docker/mongo/users.js', 'k8s/components/stores/mongo/users.js'],
  ])('%s and %s are the same', async (one, other) => {
    expect(await read(other)).toBe(await read(one));
  });
});
