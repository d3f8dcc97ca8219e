import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readOptions, wholeNumber } from '../../options.ts';
import { root } from '../../root.ts';
import { Refusal } from '../../terminal.ts';
import { released, type Build } from './render.ts';

/** The name of a Job contains the tag, so the tag is short. A tag names one commit, so `latest` is not allowed. */
const TAG = /^(?!latest$)[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?$/;
const REFERENCE = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;
const options = {
  tag: { type: 'string' },
  release: { type: 'string' },
  overlay: { type: 'string' },
  context: { type: 'string' },
  url: { type: 'string' },
  story: { type: 'string', default: 'full' },
  deadline: { type: 'string', default: '300' },
  'enter-argo': { type: 'boolean', default: false },
  'leave-argo': { type: 'boolean', default: false },
} as const;

export type Order = ReturnType<typeof readOrder>;

/** Reads the options. @throws Refusal that names the wrong or missing option */
export function readOrder(args: string[]) {
  const { tag, release, overlay, context, url, story, deadline, ...values } = readOptions({ args, options }).values;
  if (url !== undefined && !/^https?:\/\/[^/]+/.test(url))
    throw new Refusal(`--url must be like https://bank.example, but is "${url}".`);
  if (story !== 'full' && story !== 'read-only')
    throw new Refusal(`--story must be full or read-only, but is "${story}".`);
  const way = (['enter-argo', 'leave-argo'] as const).find((one) => values[one]) ?? 'release';
  return {
    way,
    build: way === 'release' ? buildOf(tag, release) : undefined, // entering or leaving Argo needs no new images
    overlay: overlayOf(overlay),
    context,
    url,
    isReadOnly: story === 'read-only',
    deadlineS: wholeNumber('--deadline', deadline, 10, 3_600),
  };
}

function buildOf(tag?: string, release?: string): Build {
  if ((tag === undefined) === (release === undefined))
    throw new Refusal('Name the images: --tag TAG, or --release FILE, which names them by digest.');
  const build = release === undefined ? { tag: String(tag), images: {} } : readRelease(release);
  if (TAG.test(build.tag)) return build;
  throw new Refusal(
    `"${build.tag}" cannot be released: a tag is up to 50 lower-case letters, digits, dots and dashes, and not "latest".`,
  );
}

/** Reads the file that the pipeline writes for a release: a tag, and the digest of each image. */
function readRelease(file: string): Build {
  try {
    const { tag, images } = JSON.parse(readFileSync(file, 'utf8')) as Build;
    if (typeof tag === 'string' && released.every((name) => REFERENCE.test(images[name] ?? ''))) return { tag, images };
  } catch {
    // The file is missing, is not JSON, or has no images. The Refusal below covers all three.
  }
  throw new Refusal(`${file} is not a release: it needs a tag, and a digest for ${released.join(', ')}.`);
}

/** Returns the folder of an overlay: a name below k8s/overlays, or a path. @throws Refusal if it has no kustomization.yaml */
export function overlayOf(name: string | undefined): string {
  if (!name) throw new Refusal('Name the overlay: --overlay local, staging, production or a folder.');
  const places = name.includes('/') ? [resolve(name)] : [join(root, 'k8s/overlays', name), resolve(name)];
  const found = places.find((place) => existsSync(join(place, 'kustomization.yaml')));
  if (found) return found;
  throw new Refusal(`There is no overlay "${name}": neither ${places.join(' nor ')} has a kustomization.yaml.`);
}
