/** What a fork can take out, and what it cannot. */

export interface Feature {
  what: string;
  /** Folders and files that go, from the root. In files that stay, `feature: <name>` and `end feature: <name>` mark the lines that go. */
  paths: string[];
}

/** What `npm run fork:remove` takes out. */
export const features: Readonly<Record<string, Feature>> = {
  proofs: {
    what: 'campaigns, drills and benchmarks that are too slow for npm test',
    paths: ['proofs', '.github/workflows/nightly.yml'],
  },
  kubernetes: {
    what: 'manifests, their checks, and releases on a cluster',
    paths: [
      'k8s',
      'docs/kubernetes.md',
      'docs/rollouts.md',
      'docker/prometheus/kubernetes.yml',
      'e2e/containers/same-files.test.ts',
      'e2e/smoke-story.test.ts',
      'platform/src/check/manifests',
      'platform/src/commands/manifests.ts',
      'platform/src/generate/kubernetes.ts',
      ...['argo-canary', 'csi-aws', 'csi-azure', 'csi-azure-secret', 'csi-volume', 'external-secret', 'vault'].map(
        template,
      ),
      ...['migration-job', 'migration-network-policy', 'overlay-tag', 'overlay-tag-job', 'vault-secret'].map(template),
      ...['account', 'autoscaler', 'deployment', 'disruption-budget', 'headless', 'public'].map((part) =>
        template(`service-${part}`),
      ),
      'platform/src/release/kubernetes',
      ...['kubernetes', 'kubernetes-progress', 'kubernetes-progress.test'].map((name) => `platform/src/up/${name}.ts`),
      'proofs/src/kubernetes',
      'proofs/src/kubernetes.ts',
      'proofs/src/upgrade/kubernetes-installation.ts',
      ...['argo-plans', 'kubernetes-plans', 'kubernetes-platform', 'on-kubernetes'].map(
        (name) => `proofs/src/zero-loss/${name}.ts`,
      ),
      '.github/workflows/deploy.yml',
    ],
  },
};

/** The parts that stay, and why. */
export const permanent: Readonly<Record<string, string>> = {
  gateway: 'it is the only entry point: sessions, limits and identity are there',
  accounts: 'users are there. Replace its ledger by your domain: docs/forking.md',
  activity: 'it stores what every service reports, and the live feed reads from it',
  redis: 'sessions, limits and the event stream need it',
  postgres: 'users and idempotency keys are there',
  mongo: 'the event log is there',
};

function template(name: string): string {
  return `platform/src/generate/templates/${name}.yaml`;
}
