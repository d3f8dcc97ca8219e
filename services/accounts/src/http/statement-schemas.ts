import { periodQuery, timeZone } from '@mainstay/service/requests';
import { z } from 'zod';

export const statementQuery = z.strictObject({
  ...periodQuery,
  format: z.enum(['csv', 'pdf'], { error: 'must be csv or pdf' }),
  timeZone,
});
