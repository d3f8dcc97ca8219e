import { line, pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';

const itemId = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, { error: 'must be 1 to 40 lower-case letters, digits and hyphens' })
  .meta({ examples: ['first'] });

export const itemParams = z.object({ itemId });
export const newItem = z.strictObject({ name: line(80) });
export const itemList = z.strictObject(pageQuery);

export const item = z.object({ id: itemId, name: z.string() }).meta({ id: 'TemplateItem' });

export const itemPage = pageOf(item).meta({ id: 'TemplatePage' });
