import { json } from '@mainstay/service/requests';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { activityPage, activityQuery, activitySummary, summaryQuery } from './activity-schemas.js';

const getActivity: ZodOpenApiOperationObject = {
  operationId: 'listEvents',
  summary: 'My events',
  description: 'Lists my events, newest first. New events do not shift the pages that you have not read.',
  tags: ['Activity'],
  requestParams: { query: activityQuery },
  responses: { 200: { description: 'A page of events.', ...json(activityPage) } },
};

const getSummary: ZodOpenApiOperationObject = {
  operationId: 'summarizeEvents',
  summary: 'My events, counted',
  description: 'Counts my events by type and by hour or day of a time zone. Buckets without events are omitted.',
  tags: ['Activity'],
  requestParams: { query: summaryQuery },
  responses: { 200: { description: 'The buckets, sorted by start and type.', ...json(activitySummary) } },
};

const lastEventId = z.object({
  'Last-Event-ID': z
    .string()
    .optional()
    .meta({
      description:
        'The id of the last event that you have. The feed continues after this event, without a gap or a repeat.',
      examples: ['019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab'],
    }),
});

const getLive: ZodOpenApiOperationObject = {
  operationId: 'followEvents',
  summary: 'My events, live',
  description:
    'Server-sent events: `id` is the event’s id, `event` its type, `data` the Event as JSON. `event: resync` means that your data may be ' +
    'incomplete: read the list again. A block with only an `id` reports the position of the feed. The server sends a comment every 15 seconds. A user may open 10 feeds.',
  tags: ['Activity'],
  requestParams: { header: lastEventId },
  responses: {
    200: {
      description: 'A stream of events. It stays open until the client or the server closes it.',
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

/** The public paths of this service. The build merges the paths of all services. */
export const paths: ZodOpenApiPathsObject = {
  '/v1/activity': { get: getActivity },
  '/v1/activity/summary': { get: getSummary },
  '/v1/activity/live': { get: getLive },
};
