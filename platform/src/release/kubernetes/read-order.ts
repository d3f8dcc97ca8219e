import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../root.ts';
import { Refusal } from '../../terminal.ts';
import type { Build } from './render.ts';
import { released } from './render.ts';

/** What a container registry accepts as a tag. */
const TAG = /^\w[\w.-]{0,127}$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const REFERENCE = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;

/** The user's request. */
export interface Order extends Build {
  /** A folder with a kustomization. */
  overlay: string;
  /** Overrides the overlay's. */
  namespace: string | undefined;
  context: string | undefined;
  /** The public address. Without it, the story is played through a port-forward. */
  url: string | undefined;
  /** How long new pods may take to become ready. */
  deadlineS: number;
  /** Print the objects instead of applying them. */
  print: boolean;
}

/** @throws Refusal that says what to type */
export function readOrder(args: string[]): Order {
  const values = parsed(args);
  const { namespace, context, url } = values;
  if (namespace !== undefined && !NAMESPACE.test(namespace))
    throw new Refusal(`"${namespace}" cannot be a namespace: lower-case letters, digits and dashes, at most 63.`);
  if (url !== undefined && !/^https?:\/\/[^/]+/.test(url))
    throw new Refusal(`--url must be like https://bank.example, but is "${url}".`);
  const deadlineS = Number(values.deadline);
  if (!Number.isInteger(deadlineS) || deadlineS < 10 || deadlineS > 3_600)
    throw new Refusal(`--deadline must be a whole number from 10 to 3600, but is "${values.deadline}".`);
  const build = buildOf(values);
  if (!TAG.test(build.tag) || build.tag === 'latest')
    throw new Refusal(
      `"${build.tag}" cannot be released: a tag is letters, digits, dots, dashes and underscores, and not "latest".`,
    );
  const overlay = overlayOf(values.overlay);
  return { ...build, overlay, namespace, context, url, deadlineS, print: values.print };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    ...{ tag: text, release: text, overlay: text, namespace: text, context: text, url: text },
    deadline: { type: 'string', default: '300' },
    print: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\nnpm run release -- --help lists what this command takes.`);
  }
}

function buildOf({ tag, release }: { tag?: string | undefined; release?: string | undefined }): Build {
  if ((tag === undefined) === (release === undefined))
    throw new Refusal('Say which images: --tag TAG, or --release FILE, which names them by digest.');
  return release === undefined ? { tag: String(tag), images: {} } : readRelease(release);
}

/**
 * Reads the file that the pipeline writes: a tag, and each image behind it by digest.
 * @throws Refusal if it is not such a file
 */
function readRelease(file: string): Build {
  if (!existsSync(file)) throw new Refusal(`There is no file ${file}.`);
  try {
    const { tag, images } = JSON.parse(readFileSync(file, 'utf8')) as { tag: string; images: Record<string, string> };
    if (typeof tag === 'string' && released.every((name) => REFERENCE.test(images[name] ?? ''))) return { tag, images };
  } catch {
    // not JSON, or without images: the same sentence
  }
  throw new Refusal(`${file} is not a release: it needs a tag, and a digest for ${released.join(', ')}.`);
}

function overlayOf(name: string | undefined): string {
  if (!name) throw new Refusal('Say where to: --overlay local, staging, production or a folder.');
  const places = name.includes('/') ? [resolve(name)] : [join(root, 'k8s/overlays', name), resolve(name)];
  const found = places.find((place) => existsSync(join(place, 'kustomization.yaml')));
  if (found) return found;
  throw new Refusal(`There is no overlay "${name}": neither ${places.join(' nor ')} has a kustomization.yaml.`);
}
