import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../root.ts';

const HEADER = '/** Generated from the OpenAPI document: npm run generate. */\n';

const BOUNDS = ['minLength', 'maxLength', 'minimum', 'maximum'];
/** The schema of each field of a JSON body. */
type Fields = Record<string, Record<string, number>>;
interface Document {
  paths: Record<string, { post: { requestBody: { content: Record<string, { schema: { properties: Fields } }> } } }>;
}
interface Generator {
  default: (document: unknown) => Promise<unknown>;
  astToString: (ast: unknown) => string;
}

/** Makes two files of the web interface from the OpenAPI document: types for its client and limits for its forms. */
export async function webClient(text: string): Promise<Record<string, string>> {
  // Only the web interface depends on openapi-typescript, so load the package from the folder of the web interface.
  const generator = createRequire(join(root, 'services/web/package.json'))('openapi-typescript') as Generator;
  const types = generator.astToString(await generator.default(JSON.parse(text)));
  return {
    'services/web/src/api/schema.d.ts': `${HEADER}\n${types}`,
    'services/web/src/api/limits.ts': `${HEADER}${limits(JSON.parse(text) as Document)}`,
  };
}

function limits({ paths }: Document): string {
  const bodyOf = (path: string) => paths[path]?.post.requestBody.content['application/json']?.schema.properties ?? {};
  const fields = {
    email: bodyOf('/v1/users').email,
    password: bodyOf('/v1/users').password,
    displayName: bodyOf('/v1/users').displayName,
    accountName: bodyOf('/v1/accounts').name,
    amount: bodyOf('/v1/transfers').amount,
    memo: bodyOf('/v1/transfers').memo,
  };
  const lines = Object.entries(fields).map(([name, schema = {}]) => {
    const keys = BOUNDS.filter((key) => schema[key] !== undefined);
    return `  ${name}: { ${keys.map((key) => `${key}: ${schema[key]}`).join(', ')} },`;
  });
  return `export const limits = {\n${lines.join('\n')}\n} as const;\n`;
}
