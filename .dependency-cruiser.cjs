/** The import rules of docs/architecture.md. `npm run check` fails if an import breaks a rule. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'services-never-import-services',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'packages-never-import-services',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^services/' },
    },
    {
      name: 'product-never-imports-tooling',
      comment: 'Services and packages run without platform/; their tests may import it.',
      severity: 'error',
      from: { path: '^(services|packages)/' },
      to: { path: '^platform/' },
    },
    {
      name: 'nothing-imports-proofs',
      comment: 'A fork may delete proofs/.',
      severity: 'error',
      from: { pathNot: '^proofs/' },
      to: { path: '^proofs/' },
    },
    {
      name: 'packages-are-leaves',
      comment:
        'A package may import only errors. Exceptions: service uses other packages; postgres, outbox and mongo use service; keyed-writes writes events in its transaction.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/', pathNot: '^packages/(service|postgres|outbox|mongo|keyed-writes)/' },
      to: { path: '^packages/', pathNot: '^packages/($1|errors)/' },
    },
    {
      name: 'one-public-door',
      comment: 'A package is imported by its name, never by a file inside it.',
      severity: 'error',
      from: { path: '^(services|packages)/([^/]+)/' },
      to: {
        path: '^packages/[^/]+/(src|dist)/',
        pathNot: ['^packages/$2/', '/(src|dist)/(index|requests|supported-node|testing)\\.(ts|js|d\\.ts)$'],
      },
    },
    {
      name: 'gateway-intake-is-the-lowest',
      comment:
        'Folders of the gateway do not import each other in a circle: sessions may import upstreams, and both may import intake.',
      severity: 'error',
      from: { path: '^services/gateway/src/intake/' },
      to: { path: '^services/gateway/src/[^/]+/', pathNot: '^services/gateway/src/intake/' },
    },
    {
      name: 'gateway-upstreams-know-no-sessions',
      severity: 'error',
      from: { path: '^services/gateway/src/upstreams/' },
      to: { path: '^services/gateway/src/sessions/' },
    },
    {
      name: 'domain-knows-no-technology',
      severity: 'error',
      from: { path: '^services/[^/]+/src/domain/' },
      to: {
        path: [
          'node_modules/(express|pg|mongoose|ioredis|undici)/',
          '^packages/(postgres|outbox|mongo)/',
          // The index of packages/service loads Express and Redis. Domain code may import service/requests instead.
          '^packages/service/(src|dist)/index\\.',
          '^services/[^/]+/src/(http|postgres|mongo|redis)/',
        ],
      },
    },
    {
      name: 'http-knows-no-store',
      severity: 'error',
      from: { path: '^services/[^/]+/src/http/' },
      to: {
        path: [
          'node_modules/(pg|mongoose|ioredis)/',
          '^packages/(postgres|outbox|mongo)/',
          '^services/[^/]+/src/(postgres|mongo|redis)/',
        ],
      },
    },
    {
      name: 'stores-know-no-http',
      severity: 'error',
      from: { path: '^services/[^/]+/src/(postgres|mongo|redis)/' },
      to: { path: ['node_modules/express/', '^services/[^/]+/src/http/'] },
    },
  ],
  options: {
    // Packages import each other through their compiled output, so this check includes dist, but does not follow the
    // imports of dist.
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['\\.test\\.ts$', '/test/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
