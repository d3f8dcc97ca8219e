// @ts-check
/**
 * Asks the log store what Kibana would, query by query (docs/observability.md): every field that docker/kibana/mainstay.ndjson names must be mapped, in the way in which it is
 * used, and no query may come back empty; then it prints one request's whole story. Reads the same settings as `npm run logs:setup`.
 *
 *   npm run logs:check -- [--request ID] [--hours 24]
 */
import { parseArgs } from 'node:util';

try {
  const { values } = parseArgs({
    options: { request: { type: 'string' }, hours: { type: 'string', default: '24' } },
  });
  const { readLogSettings } = await import('./logs/read-settings.mjs');
  const { readSavedObjects } = await import('./logs/saved-objects.mjs');
  const { checkSavedObjects } = await import('./logs/check-saved-objects.mjs');
  const { tellStory } = await import('./logs/tell-story.mjs');
  const { elasticsearch } = await readLogSettings();
  const objects = await readSavedObjects();
  const rows = await checkSavedObjects(elasticsearch, objects, { hours: Number(values.hours) });
  console.table(rows.map(({ problems, ...row }) => ({ ...row, verdict: problems.length === 0 ? 'fine' : 'FAILS' })));
  const problems = rows.flatMap(({ title, problems }) => problems.map((problem) => `${title}: ${problem}`));
  for (const problem of problems) console.error(problem);
  const lines = await tellStory(elasticsearch, objects, { requestId: values.request, hours: Number(values.hours) });
  console.log(lines.join('\n'));
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
