import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { describeWith, findProgram } from '../../e2e/programs.ts';
import { routeTable } from '../../services/gateway/src/routes.ts';
import { unhurriedRoutes } from '../src/objectives.ts';
import { alerts, ruleFile, ruleGroups } from '../src/rules.ts';
import { burnCases, causeCases, type AlertCase } from './alert-cases.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the rule files', () => {
  it('link each alert to a section of the runbook', () => {
    const headings = new Set(
      [...read('docs/runbook.md').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading?.toLowerCase()),
    );
    const missing = alerts().filter(({ annotations }) => !headings.has(annotations.runbook.split('#')[1]));
    expect(missing.map(({ alert }) => alert)).toEqual([]);
  });
});

describe('the objectives', () => {
  it('exclude live feeds and documents from the latency objective', () => {
    const lasting = routeTable.filter(({ feed, rationed }) => feed ?? rationed).map(({ path }) => path);
    expect([...unhurriedRoutes].sort()).toEqual(lasting.sort());
  });
});

describeWith(['promtool'], 'promtool', () => {
  const promtool = findProgram('promtool') ?? '';

  it.each([1, 60])('accepts the rules with all durations divided by %i', (divisor) => {
    inFolder((folder) => {
      writeFileSync(join(folder, 'rules.yml'), ruleFile(divisor));
      expect(execFileSync(promtool, ['check', 'rules', join(folder, 'rules.yml')], { encoding: 'utf8' })).toContain(
        'SUCCESS',
      );
    });
  });

  it('gets scenarios in which each alert fires, and scenarios in which each alert is silent', () => {
    const expected = [...burnCases, ...causeCases].flatMap((one) => one.expected);
    const told = (field: 'silentAt' | 'firingAt') =>
      new Set(expected.flatMap((one) => (one[field].length > 0 ? one.alerts : [])));
    const all = new Set(alerts().map(({ alert }) => alert));
    expect([told('firingAt'), told('silentAt')]).toEqual([all, all]);
  });

  // promtool evaluates every group in each scenario, so the test leaves out groups that the scenarios do not need.
  it.each([
    ['burning budgets', burnCases, ['mainstay-objectives', 'mainstay-burn']],
    ['causes', causeCases, ['mainstay-targets', 'mainstay-processes', 'mainstay-events', 'mainstay-machines']],
  ])('fires exactly the alerts that the scenarios expect: %s', (_, cases, names) => {
    inFolder((folder) => {
      const groups = ruleGroups().filter(({ name }) => names.includes(name));
      writeFileSync(join(folder, 'rules.yml'), stringify({ groups }));
      const tests = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests: cases.map(promtoolTest) };
      writeFileSync(join(folder, 'tests.yml'), stringify(tests));
      const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', 'tests.yml'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
    });
  });
});

/**
 * Converts a scenario into a test for promtool. The test queries the metric ALERTS, so the scenario does not repeat
 * the texts of the alerts.
 */
function promtoolTest({ story, timelines, expected }: AlertCase) {
  return {
    name: story,
    interval: '1m',
    input_series: timelines,
    promql_expr_test: expected.flatMap(({ alerts: names, silentAt, firingAt }) =>
      names.flatMap((name) => {
        const expr = `count by (alertname, severity) (ALERTS{alertname="${name}",alertstate="firing"})`;
        const severity = alerts().find(({ alert }) => alert === name)?.labels.severity;
        const firing = [{ labels: `{alertname="${name}",severity="${severity}"}`, value: 1 }];
        return [
          ...silentAt.map((minute) => ({ expr, eval_time: `${minute}m`, exp_samples: [] })),
          ...firingAt.map((minute) => ({ expr, eval_time: `${minute}m`, exp_samples: firing })),
        ];
      }),
    ),
  };
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-rules-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
