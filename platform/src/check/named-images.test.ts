import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { parse } from 'yaml';
import { root } from '../root.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the images that the repository names', () => {
  it('are in the table of docs/components.md, with their end of life', () => {
    const rows = read('docs/components.md').match(/^\| `.*$/gm) ?? [];
    const missing = namedImages().filter(({ image }) => !rows.some((row) => row.includes(`\`${image}\``)));
    expect(missing).toEqual([]);
    expect(namedImages().length).toBeGreaterThan(20);
  });

  it('have one tag each', () => {
    const tags = new Map<string, Set<string>>();
    for (const { image } of namedImages()) {
      const [name = '', tag = ''] = image.split(':');
      tags.set(name, (tags.get(name) ?? new Set()).add(tag));
    }
    expect([...tags].filter(([, all]) => all.size > 1)).toEqual([]);
  });

  it('are in folders that Dependabot watches', () => {
    const { updates } = parse(read('.github/dependabot.yml')) as {
      updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[];
    };
    const watched = updates
      .filter((update) => ['docker', 'docker-compose', 'devcontainers'].includes(update['package-ecosystem']))
      .flatMap(({ directory, directories = [] }) => [directory ?? [], directories].flat());
    const isWatched = (file: string) => watched.some((glob) => matchesGlob(join('/', file, '..'), glob));
    expect(namedImages().filter(({ file }) => !isWatched(file))).toEqual([]);
  });

  it('are named in FROM itself, because Dependabot does not update an ARG', () => {
    for (const file of ['docker/Dockerfile', 'docker/web.Dockerfile', 'docker/programs/Dockerfile']) {
      expect(read(file)).not.toMatch(/^FROM .*\$\{?[A-Z_]*IMAGE/m);
    }
  });

  it('include the builder that the workflows name', () => {
    const folder = '.github/workflows';
    const named = readdirSync(join(root, folder)).flatMap(
      (file) => read(join(folder, file)).match(/moby\/buildkit:[\w.-]+/g) ?? [],
    );
    const [, image] = /^FROM (\S+) AS buildkit$/m.exec(read('docker/programs/Dockerfile')) ?? [];
    expect(new Set(named)).toEqual(new Set([image]));
  });
});

interface NamedImage {
  image: string;
  file: string;
}

/**
 * Returns the images that Dockerfiles, compose files, manifests and the dev container use. Omits images whose name
 * begins with `mainstay/`, because this repository builds those images.
 */
function namedImages(): NamedImage[] {
  const files = execFileSync('git', ['ls-files', 'docker', 'docker-compose.yml', 'k8s', '.devcontainer'], {
    cwd: root,
    encoding: 'utf8',
  });
  return files
    .split('\n')
    .filter((file) => /Dockerfile$|\.ya?ml$|devcontainer\.json$/.test(file))
    .flatMap((file) => imagesIn(readFileSync(join(root, file), 'utf8')).map((image) => ({ image, file })));
}

function imagesIn(text: string): string[] {
  const names = text.matchAll(/^(?:FROM (?:--platform=\S+ )?|\s*(?:- )?"?image"?: ?['"]?)([a-z][\w./-]*:[\w.-]+)/gm);
  return [...names].map(([, name = '']) => name).filter((name) => !name.startsWith('mainstay/'));
}
