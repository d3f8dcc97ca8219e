/** A feature that a fork can remove. */
export interface Feature {
  what: string;
  /**
   * Folders and files to delete, from the root. In other files, the comments `fork:remove <name>` and
   * `end of fork:remove <name>` mark the lines to delete.
   */
  paths: string[];
  /** Words that only this feature uses. Table rows, list items and sentences of the documentation with such a word are deleted. */
  words?: RegExp;
}

/** The features that `npm run fork:remove` can remove. */
export const features: Readonly<Record<string, Feature>> = {
  proofs: {
    what: 'campaigns, drills and benchmarks that are too slow for npm test',
    paths: ['proofs', 'docs/examples', '.github/workflows/nightly.yml'],
  },
  statements: {
    what: 'CSV and PDF statements of accounts, on worker threads',
    paths: [
      'services/accounts/src/domain/prepare-statement.ts',
      ...['openapi', 'routes', 'schemas'].map((part) => `services/accounts/src/http/statement-${part}.ts`),
      'services/accounts/src/postgres/postgres-statements.ts',
      'services/accounts/src/statements',
      'services/accounts/test/statements',
      'services/web/src/pages/account/download-statement.ts',
      'services/web/src/pages/account/statement-dialog.tsx',
    ],
    words: /STATEMENT_THREADS|statement_(?:jobs|duration)|createPostgresStatements|(?:PDF|csv) (?:files|statements)/i,
  },
  haproxy: {
    what: 'HAProxy as another edge than nginx',
    paths: ['docker/haproxy', 'docker/compose/nginx', 'e2e/edge/haproxy.ts'],
    words: /haproxy/i,
  },
  web: {
    what: 'the web interface; the edge stays',
    paths: [
      'docs/examples',
      'services/web',
      'services/gateway/src/web',
      'services/gateway/test/web.test.ts',
      'docs/web',
      ...['asset-headers', 'compressed', 'page'].map((part) => `docker/nginx/templates/${part}.conf`),
      'e2e/web',
      'e2e/edge/pages.test.ts',
      'k8s/components/pages-by-gateway',
      ...['serve-pages', 'serve-pages.test'].map((name) => `platform/src/dev/${name}.ts`),
      'platform/src/generate/web-client.ts',
      ...['build-web', 'demo-page', 'demo-page.test'].map((name) => `platform/src/start/${name}.ts`),
      'proofs/src/bench/lighthouse.ts',
      'proofs/src/bookings.ts',
      'proofs/src/web-screenshots.ts',
    ],
    words: /web interface|WEB_DIRECTORY|Chromium|localhost:5173|\/assets\//i,
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
      ...['kubernetes', 'kubernetes.test'].map((name) => `platform/src/up/${name}.ts`),
      'proofs/src/kubernetes',
      'proofs/src/kubernetes.ts',
      ...['argo-plans', 'kubernetes-plans', 'kubernetes-platform', 'on-kubernetes'].map(
        (name) => `proofs/src/zero-loss/${name}.ts`,
      ),
      '.github/workflows/deploy.yml',
    ],
  },
};

/** The parts that cannot be removed, each with the reason. */
export const permanent: Readonly<Record<string, string>> = {
  gateway: 'it is the only entry point and manages sessions, limits and identity',
  accounts: 'it stores the users. You can replace its ledger with your own domain (docs/forking.md)',
  activity: 'it stores the events of every service, and the live feed reads them',
  observability:
    'every service writes logs, metrics and traces, and alerts are headings of the runbook. Prometheus, Grafana, Jaeger and Kibana run only with their profiles',
  redis: 'sessions, limits and the event stream need it',
  postgres: 'it stores users and idempotency keys',
  mongo: 'it stores the event log',
};

function template(name: string): string {
  return `platform/src/generate/templates/${name}.yaml`;
}
