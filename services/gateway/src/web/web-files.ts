import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Ordered by compression, strongest first. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
export type Encoding = (typeof encodings)[number][0];

export interface WebFile {
  type: string;
  etag: string;
  /** True if the file name changes with the content, so that browsers can cache the file forever. */
  immutable: boolean;
  body: Buffer;
  encoded: Partial<Record<Encoding, Buffer>>;
}

export interface WebFiles {
  /** Files by URL path, without the HTML page. */
  files: ReadonlyMap<string, WebFile>;
  page: WebFile;
  /** The paths that return the HTML page, in the notation of Express. */
  pages: readonly string[];
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * Reads a built web interface into memory, so that requests do not read the disk.
 * @throws Error if the folder contains no build
 */
export function readWebFiles(directory: string): WebFiles {
  try {
    const pages = JSON.parse(readFileSync(path.join(directory, 'pages.json'), 'utf8')) as string[];
    const names = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
    const files = new Map(
      names
        .filter((name) => types[path.extname(name)] !== undefined && name !== 'index.html' && name !== 'pages.json')
        .map((name) => [`/${name.split(path.sep).join('/')}`, readWebFile(directory, name, names)]),
    );
    return { files, pages, page: readWebFile(directory, 'index.html', names) };
  } catch (cause) {
    throw new Error(
      `WEB_DIRECTORY names ${directory}, which does not contain a built web interface: run \`npm run build\`.`,
      {
        cause,
      },
    );
  }
}

function readWebFile(directory: string, name: string, names: readonly string[]): WebFile {
  const read = (file: string) => readFileSync(path.join(directory, file));
  const body = read(name);
  const there = encodings.filter(([, ending]) => names.includes(name + ending));
  return {
    type: types[path.extname(name)] ?? 'application/octet-stream',
    // All encodings share this ETag, so the ETag must be weak.
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    immutable: name.startsWith(`assets${path.sep}`),
    body,
    encoded: Object.fromEntries(there.map(([encoding, ending]) => [encoding, read(name + ending)])),
  };
}
