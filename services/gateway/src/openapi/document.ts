import { createDocument, type oas32, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Method, Route, UpstreamName } from '../routes.js';
import { DEFAULT_COOKIE_NAME } from '../config.js';
import { sessionCookieNames } from '../intake/session-cookie.js';
import { commonRefusals, problemReplyOf, problemSchema } from './problem-replies.js';
import { templateOf } from './template-of.js';

type Source = 'gateway' | UpstreamName;
type Verb = Lowercase<Method>;
type Schemas = Record<string, oas32.SchemaObject | oas32.ReferenceObject>;

const cookieNames = sessionCookieNames(DEFAULT_COOKIE_NAME);

const info = {
  title: 'Mainstay',
  version: '1',
  description:
    'Accounts, transfers and the events of a user, through one gateway. Sign in with `POST /v1/session`, which sets a cookie. Amounts are whole numbers of minor units. Times are RFC 3339 in UTC. Errors are problem+json. ' +
    'Invalid HTTP gets 400, 417, 501 or 505 on every path. A method that a path does not allow gets 405.',
  license: { name: 'MIT', identifier: 'MIT' },
};

/** Every operation has one of these tags. */
const tags: oas32.TagObject[] = [
  { name: 'Users', description: 'Registration, profile and password.' },
  { name: 'Sessions', description: 'Sign-in, sign-out and devices.' },
  { name: 'Accounts', description: 'Accounts of one currency each, and their entries.' },
  { name: 'Transfers', description: 'Payments between accounts, at most once for each Idempotency-Key.' },
  { name: 'Activity', description: 'My events: as a list, as counts, and live.' },
];

/**
 * Builds the API document of all routes from the descriptions of the services.
 * @throws Error if the descriptions and the route table differ, or an operation is incomplete
 */
export function createPlatformDocument(
  paths: Readonly<Partial<Record<Source, ZodOpenApiPathsObject>>>,
  table: readonly Route[],
): oas32.OpenAPIObject {
  const described = new Map(
    Object.entries(paths).map(([source, own]) => [source, createDocument({ openapi: '3.1.0', info, paths: own })]),
  );
  refuseStrayPaths(described, table);
  const merged: Record<string, oas32.PathItemObject> = {};
  for (const route of table) {
    const path = templateOf(route.path);
    for (const method of route.methods) {
      const verb = method.toLowerCase() as Verb;
      const operation = described.get(route.upstream)?.paths?.[path]?.[verb];
      if (!operation)
        throw new Error(`${method} ${path} is in the route table, but ${route.upstream} does not describe it.`);
      merged[path] = { ...merged[path], [verb]: completed(operation, route, method) };
      refuseIncomplete(merged[path][verb], `${method} ${path}`);
    }
  }
  const schemas = mergeSchemas([...described.values()].map((document) => document.components?.schemas ?? {}));
  return {
    openapi: '3.1.0',
    info,
    tags,
    servers: [{ url: '/', description: 'The server that returned this document.' }],
    security: [{ session: [] }],
    paths: merged,
    components: {
      schemas: onlyReferenced({ ...schemas, Problem: problemSchema }, merged),
      parameters: { ExpectedSession: expectedSessionParameter },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieNames.bound,
          description: `Over plain HTTP, on a developer’s machine, the name is \`${cookieNames.plain}\`.`,
        },
      },
    },
  };
}

/** Throws if an operation has no texts for the reader, or no `operationId`, which client generators need. */
function refuseIncomplete(operation: oas32.OperationObject | undefined, name: string): void {
  for (const field of ['operationId', 'summary', 'description'] as const) {
    if (!operation?.[field]) throw new Error(`${name} has no ${field}.`);
  }
  const undeclared = operation?.tags?.find((tag) => !tags.some(({ name }) => name === tag));
  if (undeclared !== undefined) throw new Error(`${name} has the tag ${undeclared}, which is not declared.`);
}

function completed(operation: oas32.OperationObject, route: Route, method: Method): oas32.OperationObject {
  const responses: Record<string, oas32.ResponseObject | oas32.ReferenceObject> = {};
  const own = (operation.responses ?? {}) as Record<string, oas32.ResponseObject>;
  for (const [status, reply] of Object.entries(own)) {
    responses[status] = Number(status) >= 400 && !reply.content ? problemReplyOf(reply.description ?? '') : reply;
  }
  for (const [status, codes] of commonRefusals(route, method)) {
    const said = own[status]?.description;
    const more = codes.filter((code) => !said?.includes(code)).map((code) => `\`${code}\``);
    const mayRetry = status === 429 || status === 503;
    responses[status] = problemReplyOf([said, ...more].filter(Boolean).join(', '), { mayRetry });
  }
  return {
    tags: [tagOf(route.path)],
    ...operation,
    ...(route.access === 'session' && { parameters: [...(operation.parameters ?? []), expectedSession] }),
    ...(route.access === 'public' && { security: [] }),
    responses,
  };
}

/** Header parameter of every operation that needs a session. */
const expectedSession = { $ref: '#/components/parameters/ExpectedSession' } as const;
const expectedSessionParameter: oas32.ParameterObject = {
  name: 'Expected-Session',
  in: 'header',
  required: false,
  description:
    '`id` of the session that the client expects. If the cookie belongs to another session, the response is 412 `session_changed` and the request has no effect. ' +
    'All tabs of a browser share one cookie. A web page that sends this header never acts for the wrong user.',
  schema: { type: 'string', format: 'uuid' },
};

/** Returns the tag of a path: the capitalized first segment after the version. For `session` the tag is `Sessions`. */
function tagOf(path: string): string {
  const [, , resource = ''] = path.split('/');
  if (resource === 'session') return 'Sessions';
  return resource.charAt(0).toUpperCase() + resource.slice(1);
}

function refuseStrayPaths(described: Map<string, oas32.OpenAPIObject>, table: readonly Route[]): void {
  const open = new Set(table.flatMap(({ path, methods }) => methods.map((method) => `${method} ${templateOf(path)}`)));
  for (const [source, { paths }] of described) {
    for (const [path, item] of Object.entries(paths ?? {})) {
      for (const verb of Object.keys(item)) {
        const operation = `${verb.toUpperCase()} ${path}`;
        if (!open.has(operation)) throw new Error(`${source} describes ${operation}, which is not in the route table.`);
      }
    }
  }
}

function mergeSchemas(all: readonly Schemas[]): Schemas {
  const merged: Schemas = {};
  for (const schemas of all) {
    for (const [name, schema] of Object.entries(schemas)) merged[name] ??= schema;
  }
  return merged;
}

/** Removes the schemas that no public operation uses. */
function onlyReferenced(schemas: Schemas, paths: object): Schemas {
  const needed = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (needed.has(name)) continue;
      needed.add(name);
      const schema = schemas[name];
      if (!schema) throw new Error(`The schema ${name} is used, but does not exist.`);
      visit(schema);
    }
  };
  visit(paths);
  return Object.fromEntries(
    Object.entries(schemas)
      .filter(([name]) => needed.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
