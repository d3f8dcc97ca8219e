import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../root.ts';
import { Refusal } from '../../terminal.ts';
import { released, type Build } from './render.ts';

/** A tag that is valid in a container registry and in the name of a Job. */
const TAG = /^[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?$/;
const REFERENCE = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;
const options = {
  tag: { type: 'string' },
  release: { type: 'string' },
  overlay: { type: 'string' },
  namespace: { type: 'string' },
  context: { type: 'string' },
  url: { type: 'string' },
  story: { type: 'string', default: 'full' },
  deadline: { type: 'string', default: '300' },
  print: { type: 'boolean', default: false },
  'enter-argo': { type: 'boolean', default: false },
  'leave-argo': { type: 'boolean', default: false },
} as const;

/** The options of the command. */
export interface Order {
  /** A folder with a kustomization.yaml. */
  overlay: string;
  /** The images to release. Undefined for --enter-argo and --leave-argo, which do not change the images. */
  build: Build | undefined;
  /** Replaces the namespace of the overlay. */
  namespace: string | undefined;
  context: string | undefined;
  /** The public address, to which the smoke story sends its requests. Without it they go through a port-forward. */
  url: string | undefined;
  /** The smoke story creates no user and moves no money. */
  isReadOnly: boolean;
  /** Time for new pods to become ready. */
  deadlineS: number;
  way: 'print' | 'enter-argo' | 'leave-argo' | 'release';
}

/** @throws Refusal that names the wrong or missing option */
export function readOrder(args: string[]): Order {
  const values = parsed(args);
  const { namespace, context, url, story, deadline } = values;
  if (url !== undefined && !/^https?:\/\/[^/]+/.test(url))
    throw new Refusal(`--url must be like https://bank.example, but is "${url}".`);
  if (story !== 'full' && story !== 'read-only')
    throw new Refusal(`--story must be full or read-only, but is "${story}".`);
  const deadlineS = Number(deadline);
  if (!Number.isInteger(deadlineS) || deadlineS < 10 || deadlineS > 3_600)
    throw new Refusal(`--deadline must be a whole number from 10 to 3600, but is "${deadline}".`);
  const way = (['print', 'enter-argo', 'leave-argo'] as const).find((one) => values[one]) ?? 'release';
  const build = way.endsWith('argo') ? undefined : buildOf(values);
  const overlay = overlayOf(values.overlay);
  return { overlay, build, namespace, context, url, isReadOnly: story === 'read-only', deadlineS, way };
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\nnpm run release -- --help lists the options of this command.`);
  }
}

function buildOf({ tag, release }: { tag?: string | undefined; release?: string | undefined }): Build {
  if ((tag === undefined) === (release === undefined))
    throw new Refusal('Name the images: --tag TAG, or --release FILE, which names them by digest.');
  const build = release === undefined ? { tag: String(tag), images: {} } : readRelease(release);
  if (TAG.test(build.tag) && build.tag !== 'latest') return build;
  throw new Refusal(
    `"${build.tag}" cannot be released: a tag is up to 50 lower-case letters, digits, dots and dashes, and not "latest".`,
  );
}

/**
 * Reads the file that the pipeline writes for a release: a tag, and the digest of each image.
 * @throws Refusal if the file has other content
 */
function readRelease(file: string): Build {
  if (!existsSync(file)) throw new Refusal(`There is no file ${file}.`);
  try {
    const { tag, images } = JSON.parse(readFileSync(file, 'utf8')) as { tag: string; images: Record<string, string> };
    if (typeof tag === 'string' && released.every((name) => REFERENCE.test(images[name] ?? ''))) return { tag, images };
  } catch {
    // The file is not JSON, or has no images. The Refusal below covers both.
  }
  throw new Refusal(`${file} is not a release: it needs a tag, and a digest for ${released.join(', ')}.`);
}

/**
 * Returns the folder of an overlay.
 * @param name a name below k8s/overlays, or the path of a folder
 * @throws Refusal if the folder has no kustomization.yaml
 */
export function overlayOf(name: string | undefined): string {
  if (!name) throw new Refusal('Name the overlay: --overlay local, staging, production or a folder.');
  const places = name.includes('/') ? [resolve(name)] : [join(root, 'k8s/overlays', name), resolve(name)];
  const found = places.find((place) => existsSync(join(place, 'kustomization.yaml')));
  if (found) return found;
  throw new Refusal(`There is no overlay "${name}": neither ${places.join(' nor ')} has a kustomization.yaml.`);
}
