import { json } from '@mainstay/service/requests';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { activityPage, activityQuery, activitySummary, summaryQuery } from './activity-schemas.js';

const getActivity: ZodOpenApiOperationObject = {
  operationId: 'listEvents',
  summary: 'My events',
  description: 'Newest first. Events that are stored while you page do not shift the pages.',
  tags: ['Activity'],
  requestParams: { query: activityQuery },
  responses: { 200: { description: 'A page of events.', ...json(activityPage) } },
};

const getSummary: ZodOpenApiOperationObject = {
  operationId: 'summarizeEvents',
  summary: 'My events, counted',
  description: 'How many events of each type in each hour or day of a time zone. Buckets without events are left out.',
  tags: ['Activity'],
  requestParams: { query: summaryQuery },
  responses: { 200: { description: 'The buckets, by start and type.', ...json(activitySummary) } },
};

const lastEventId = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({
      description: 'The id of the last event that you have. The feed resumes after it, without a gap or a repeat.',
      examples: ['019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab'],
    }),
});

const getLive: ZodOpenApiOperationObject = {
  operationId: 'followEvents',
  summary: 'My events, live',
  description:
    'Server-sent events: `id` is the event’s id, `event` its type, `data` the Event as JSON. `event: resync` means that your data may be ' +
    'incomplete: read the list again. A block with only an `id` reports the position of the feed. A comment comes every 15 seconds. At most 10 feeds per user.',
  tags: ['Activity'],
  requestParams: { header: lastEventId },
  responses: {
    200: {
      description: 'A stream that does not end by itself.',
      content: {
        'text/event-stream': {
          schema: z.string(),
          example:
            'id: 019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab\nevent: account.opened\ndata: {"id":"019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab","type":"account.opened","time":"2025-10-31T20:31:17.020Z","data":{"accountId":"019a3c1e-0b9c-7b60-9ac2-0a4bb0f0d1aa","name":"Savings","currency":"EUR"}}\n\n',
        },
      },
    },
  },
};

/** The activity service's part of the platform's OpenAPI document, from the schemas that validate. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/activity': { get: getActivity },
  '/v1/activity/summary': { get: getSummary },
  '/v1/activity/live': { get: getLive },
};
