import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.ts';

/** An image of somebody else, by name and tag, and the file that names it. */
export interface NamedImage {
  image: string;
  file: string;
}

/** Every image of others that a Dockerfile, the compose files or a manifest names. The platform's own begin with `mainstay/`. */
export function namedImages(): NamedImage[] {
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

/** The image of a program that the pipeline runs as a container. docker/programs/Dockerfile names it. @throws Error for an unknown program */
export function programImage(program: 'gitleaks' | 'dependency-check' | 'sbom-generator' | 'buildkit'): string {
  const text = readFileSync(join(root, 'docker/programs/Dockerfile'), 'utf8');
  const image = new RegExp(`^FROM (\\S+) AS ${program}$`, 'm').exec(text)?.[1];
  if (image === undefined) throw new Error(`docker/programs/Dockerfile does not name ${program}.`);
  return image;
}
