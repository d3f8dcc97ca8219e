import { z } from 'zod';

interface Marks {
  secret?: true;
  /** True if two services on one machine need different values, such as different ports. */
  ownPerService?: true;
}

/** Fields of zod's wrappers (`default`, `optional`, pipe). All except `defaultValue` hold a wrapped schema. */
interface Layers {
  innerType?: z.core.$ZodType;
  in?: z.core.$ZodType;
  out?: z.core.$ZodType;
  defaultValue?: unknown;
}

const registry = z.registry<Marks>();

export function markSecret<Schema extends z.ZodType>(schema: Schema): Schema {
  registry.add(schema, { secret: true });
  return schema;
}

export function markOwnPerService<Schema extends z.ZodType>(schema: Schema): Schema {
  registry.add(schema, { ownPerService: true });
  return schema;
}

/** Gives the shape a type, because zod types the shape of a generic object as `any`. */
export function shapeOf(schema: z.ZodObject): Record<string, z.core.$ZodType> {
  return schema.shape;
}

export function isSecret(schema: z.core.$ZodType): boolean {
  return layersOf(schema).some((layer) => registry.get(layer)?.secret);
}

export function isOwnPerService(schema: z.core.$ZodType): boolean {
  return layersOf(schema).some((layer) => registry.get(layer)?.ownPerService);
}

/** Returns the description of the outermost layer that has one, or an empty string. */
export function descriptionOf(schema: z.core.$ZodType): string {
  const described = layersOf(schema).find((layer) => z.globalRegistry.get(layer)?.description !== undefined);
  return (described && z.globalRegistry.get(described)?.description) ?? '';
}

/** Returns the parsed default value, or undefined if the setting has no default. */
export function defaultOf(schema: z.core.$ZodType): unknown {
  return layersOf(schema)
    .map((layer) => (layer._zod.def as Layers).defaultValue)
    .find((value) => value !== undefined);
}

export function isOptional(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}

function layersOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { innerType, in: input, out } = schema._zod.def as Layers;
  return [schema, ...[innerType, input, out].flatMap((layer) => (layer ? layersOf(layer) : []))];
}
