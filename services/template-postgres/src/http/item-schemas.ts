import { id, line, pageOf, pageQuery } from '@mainstay/service/requests';
import { z } from 'zod';

export const itemParams = z.object({ itemId: id });
export const newItem = z.strictObject({ name: line(80) });
export const itemList = z.strictObject(pageQuery);

export const item = z.object({ id, name: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'TemplateItem' });

export const itemPage = pageOf(item).meta({ id: 'TemplatePage' });
