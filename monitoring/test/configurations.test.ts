import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { describeWith, findProgram } from '../../e2e/programs.ts';
import { serviceNames } from '@mainstay/platform/services';

interface Configuration {
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    static_configs?: { labels?: { service?: string } }[];
    relabel_configs?: { target_label?: string; replacement?: string }[];
  }[];
}

const docker = fileURLToPath(new URL('../../docker', import.meta.url));
const places = [
  'compose.yml',
  'bare-metal.yml',
  // fork:remove kubernetes
  'kubernetes.yml',
  // end of fork:remove kubernetes
];
const read = (file: string) => readFileSync(join(docker, file), 'utf8');

describe('the configurations of Prometheus', () => {
  it.each(places)('%s loads the rules and gives each target the label `service`, which the rules need', (file) => {
    const { rule_files: ruleFiles, scrape_configs: jobs } = parse(read(`prometheus/${file}`)) as Configuration;
    expect(ruleFiles).toEqual(['rules/*.yml']);
    const named = jobs.flatMap(({ static_configs: targets = [], relabel_configs: relabels = [] }) => [
      ...targets.map(({ labels }) => labels?.service),
      ...relabels
        .filter((relabel) => relabel.target_label === 'service')
        .map(({ replacement }) => replacement ?? 'of the pod'),
    ]);
    if (file === 'kubernetes.yml') expect(named).toContain('of the pod');
    else expect(named).toEqual(expect.arrayContaining([...serviceNames, 'machine', 'edge']));
  });

  // fork:remove kubernetes
  it('make Prometheus Operator set the label `service`, and keep the label of a canary’s pods', () => {
    const monitor = readFileSync(join(docker, '../k8s/components/pod-monitor/pod-monitor.yaml'), 'utf8');
    expect(monitor).toContain('targetLabel: service');
    expect(monitor).toMatch(/podTargetLabels: .*rollouts-pod-template-hash/);
  });
  // end of fork:remove kubernetes
});

describeWith(['promtool', 'amtool'], 'promtool and amtool', () => {
  it.each(places)('accept the configuration %s', (file) => {
    const folder = mkdtempSync(join(tmpdir(), 'mainstay-prometheus-'));
    try {
      cpSync(join(docker, 'prometheus'), folder, { recursive: true });
      // Debian's promtool does not support the discovery of Kubernetes, so the test replaces this setting.
      writeFileSync(
        join(folder, file),
        read(`prometheus/${file}`).replace(/kubernetes_sd_configs: .*/, 'static_configs: []'),
      );
      expect(run('promtool', 'check', 'config', join(folder, file))).toEqual({
        status: 0,
        output: expect.stringContaining('rules found'),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('accept the configuration of Alertmanager, which pages an operator only for the severity page', () => {
    const file = join(docker, 'alertmanager/alertmanager.yml');
    expect(run('amtool', 'check-config', file).status).toBe(0);
    const receiverOf = (severity: string) =>
      run('amtool', 'config', 'routes', 'test', `--config.file=${file}`, `severity=${severity}`).output.split('\n')[0];
    expect([receiverOf('page'), receiverOf('ticket')]).toEqual(['page', 'ticket']);
  });
});

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}
