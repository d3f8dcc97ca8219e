import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Tests run against the TypeScript sources: `@mainstay/x` is the src folder of the package. Some tests also start built
 * programs. Start the tests with `npm test`, which first builds the services and starts the stores (platform/src/test).
 */
export default {
  testEnvironment: 'node',
  roots: [
    '<rootDir>/packages',
    '<rootDir>/services',
    '<rootDir>/platform',
    ...(existsSync(new URL('proofs', import.meta.url)) ? ['<rootDir>/proofs'] : []), // a fork may delete this folder
    '<rootDir>/e2e',
    '<rootDir>/monitoring',
  ],
  reporters: ['default', '<rootDir>/platform/src/test/count-reporter.ts'],
  // By default jest leaves one core free. On a machine with two cores, the test files would run one after the other.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testMatch: ['**/*.test.ts', '**/*.test.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^@mainstay/platform/(.*)$': '<rootDir>/platform/src/$1.ts',
    '^@mainstay/service/([a-z-]+)$': '<rootDir>/packages/service/src/$1.ts',
    '^@mainstay/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
  testTimeout: 30_000,
};
