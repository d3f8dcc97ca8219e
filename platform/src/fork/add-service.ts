import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RECORD, unlistedNames } from '../check/service-names.ts';
import { trackedTexts } from '../check/tidy.ts';
import { entrance, serviceNames, serviceOf } from '../services.ts';
import { Refusal } from '../terminal.ts';
import { withoutBlocks } from './remove.ts';
import { trackedFiles } from './rename.ts';

/** The copied files contain this word. The name of the new service replaces the word. */
const TEMPLATE = 'template';
const GATEWAY = `services/${entrance}/src`;
const TEMPLATE_PORTS = { port: '3099', managementPort: '3999' };
/** A service cannot have one of these names, because a folder, a host or a setting already has the name. */
const TAKEN = ['web', 'edge', 'redis', 'postgres', 'mongo', 'migrate', 'secrets', 'stores', 'platform', TEMPLATE];

export type StoreChoice = 'none' | 'postgres' | 'mongo';

export interface NewService {
  name: string;
  store: StoreChoice;
}

interface Variant {
  /** The copied folder in services/ and the copied end-to-end test in e2e/ have this name. */
  template: string;
  /** Returns the lines that depend on the store. The lines belong to the new service's entry in services.ts. */
  entry: (name: string, migrationUserId: number) => string;
  /** The HTTP methods in the two new rows of the gateway's route table: `/v1/<name>` and `/v1/<name>/:itemId`. */
  rows: [collection: string, item: string];
}

const variants: Record<StoreChoice, Variant> = {
  none: {
    template: TEMPLATE,
    entry: () => `stores: [],\n    secrets: ['IDENTITY_PUBLIC_KEYS'],`,
    rows: [`methods: ['GET']`, `methods: ['GET']`],
  },
  postgres: {
    template: `${TEMPLATE}-postgres`,
    entry: (name, userId) =>
      `stores: ['postgres', 'redis'],\n    redis: relay('cursors'),\n    migration: { job: 'migrate-${name}', userId: ${grouped(userId)} },`,
    rows: [`methods: ['POST', 'GET'], keyed: true`, `methods: ['GET']`],
  },
  mongo: {
    template: `${TEMPLATE}-mongo`,
    entry: () => `stores: ['mongo'],`,
    rows: [`methods: ['GET']`, `methods: ['PUT', 'GET']`],
  },
};

interface Edit {
  path: string;
  /** This pattern must match a text in the file. */
  place: RegExp;
  /** This text replaces the match. `$1` and `$&` have the same meaning as in String.replace. */
  text: string;
}

/**
 * Returns a map from the path of each new or changed file to the text of that file. Writes nothing.
 * @throws Refusal for an invalid name or an unknown store
 */
export async function planService(root: string, { name, store }: NewService): Promise<Map<string, string>> {
  refuseName(root, name);
  if (!Object.hasOwn(variants, store))
    throw new Refusal(`"${store}" is not a store for a service: use ${Object.keys(variants).join(', ')}.`);
  const { template } = variants[store];
  const next = nextNumbers();
  const files = new Map<string, string>();
  for (const path of (await trackedFiles(root)).filter((each) => each.startsWith(`services/${template}/`))) {
    const text = withoutBlocks(await readFile(join(root, path), 'utf8'), template);
    files.set(path.replace(`/${template}/`, `/${name}/`), renamed(text, { name, template, next }));
  }
  const story = await readFile(join(root, `e2e/${template}.ts`), 'utf8');
  files.set(`e2e/${name}.test.ts`, renamed(story.replace(/^\/\*\*.*\n/, ''), { name, template, next }));
  for (const edit of edits({ name, store }, next)) {
    const text = files.get(edit.path) ?? (await readFile(join(root, edit.path), 'utf8'));
    if (text.split(edit.place).length - 1 === 0)
      throw new Error(
        `${edit.path} has no text that matches ${edit.place.source}, so the service cannot be added there. Restore the text.`,
      );
    files.set(edit.path, text.replace(edit.place, edit.text));
  }
  const record = files.get(RECORD) ?? (await readFile(join(root, RECORD), 'utf8'));
  files.set(RECORD, record.replace(/(?<=\n\|.*\|\n)(?=\n)/, await rowsOfTheWord(root, name)));
  return files;
}

/**
 * If the new name is a common word, for example `status`, other files can already contain the word. Returns one row for
 * each file with the word. The rows extend the table in RECORD, which lists the files that may name a service.
 */
async function rowsOfTheWord(root: string, name: string): Promise<string> {
  return unlistedNames(root, await trackedTexts(root), [name])
    .map(({ file }) => `| \`${file}\` | the word "${name}", not the service |\n`)
    .join('');
}

/** Writes the planned files. */
export async function applyService(root: string, files: Map<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

function refuseName(root: string, name: string): void {
  if (!/^[a-z][a-z0-9]{2,19}$/.test(name)) {
    throw new Refusal(
      `"${name}" cannot be the name: use 3 to 20 lower-case letters and digits, beginning with a letter. The name becomes a folder, a host name, a role and the beginning of settings.`,
    );
  }
  if (
    [...serviceNames, ...TAKEN].includes(name) ||
    ['services', 'packages'].some((group) => existsSync(join(root, group, name))) ||
    existsSync(join(root, `e2e/${name}.test.ts`))
  )
    throw new Refusal(`"${name}" cannot be the name: the platform already uses it.`);
}

type Numbers = ReturnType<typeof nextNumbers>;

function nextNumbers() {
  const all = serviceNames.map(serviceOf);
  const after = (numbers: number[]) => Math.max(...numbers) + 1;
  return {
    port: after(all.map(({ port }) => port)),
    managementPort: after(all.map(({ managementPort }) => managementPort)),
    inspectPort: after(all.map(({ inspectPort }) => inspectPort)),
    userId: after(all.flatMap(({ userId, migration }) => [userId, migration?.userId ?? 0])),
  };
}

function renamed(text: string, { name, template, next }: { name: string; template: string; next: Numbers }): string {
  const { port, managementPort } = next;
  return text
    .replaceAll(template, name)
    .replaceAll(TEMPLATE, name)
    .replaceAll(/Template of a service[^.]*\. npm run fork:add-service copies it\./g, `The service ${name}.`)
    .replaceAll('Template', titleOf(name))
    .replaceAll(TEMPLATE.toUpperCase(), name.toUpperCase())
    .replaceAll(TEMPLATE_PORTS.port, String(port))
    .replaceAll(TEMPLATE_PORTS.managementPort, String(managementPort));
}

const titleOf = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1);

const grouped = (userId: number) => String(userId).replace(/(?=\d{3}$)/, '_');

/** Returns the changes to hand-written files for a new service. `npm run generate` changes the generated files. */
function edits({ name, store }: NewService, { port, managementPort, inspectPort, userId }: Numbers): Edit[] {
  const { entry, rows } = variants[store];
  const rowOf = (path: string, methods: string) =>
    `  { path: '${path}', ${methods}, upstream: '${name}', access: 'session' },`;
  const event: Edit = {
    path: 'packages/events/src/event-types.ts',
    place: /\n\} as const satisfies/,
    text: `\n  '${name}.item_added': { version: 1, data: z.object({ itemId: id, name: z.string() }) },$&`,
  };
  return [
    ...(store === 'postgres' ? [event] : []),
    // The compiler needs this entry, but `npm run generate` would add the entry only after the compiler has run.
    { path: 'tsconfig.json', place: /\n( *)\{ "path": "platform" \}/, text: `\n$1{ "path": "services/${name}" },$&` },
    {
      path: 'platform/src/services.ts',
      place: /\n} as const satisfies Record<string, Service>;/,
      text: `
  ${name}: {
    port: ${port},
    managementPort: ${managementPort},
    inspectPort: ${inspectPort},
    userId: ${grouped(userId)},
    memoryMi: 384,
    compose: {},
    ...behindTheGateway,
    ${entry(name, userId + 1)}
  },
} as const satisfies Record<string, Service>;`,
    },
    { path: 'platform/src/services.ts', place: /calls: \[('[^\]]*)\]/, text: `calls: [$1, '${name}']` },
    {
      path: `${GATEWAY}/routes.ts`,
      place: /export const upstreamNames = \[(.*)\] as const;/,
      text: `export const upstreamNames = [$1, '${name}'] as const;`,
    },
    {
      path: `${GATEWAY}/routes.ts`,
      place: /\n\];(?=\n\n.*\nexport function servedRoutes)/,
      text: `

${rowOf(`/v1/${name}`, rows[0])}
${rowOf(`/v1/${name}/:itemId`, rows[1])}
];`,
    },
    {
      path: `${GATEWAY}/config.ts`,
      place: /\n {4}upstreamConnectionsMax:/,
      text: `
    ${name}Url: url().default('http://127.0.0.1:${port}').describe('Where the ${name} service listens.'),
    upstreamConnectionsMax:`,
    },
    {
      path: `${GATEWAY}/compose.ts`,
      place: /( {4}upstreams: \{\n(?: {6}\w+: upstream\([^\n]*\n)*)/,
      text: `$1      ${name}: upstream('${name}', config.${name}Url),\n`,
    },
    {
      path: `${GATEWAY}/openapi/document.ts`,
      place: /(const tags: oas32\.TagObject\[\] = \[\n(?: {2}.*\n)*)\];/,
      text: `$1  { name: '${titleOf(name)}', description: 'Everything that the service ${name} offers.' },\n];`,
    },
  ];
}
