import js from '@eslint/js';
// @ts-expect-error -- this package has no types
import redos from 'eslint-plugin-redos';
import * as regexp from 'eslint-plugin-regexp';
import reactHooks from 'eslint-plugin-react-hooks'; // fork:remove web
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/dist/', '**/coverage/', '.data/', 'services/web/src/api/schema.d.ts', 'docs/examples/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // A handler may be async, because Express 5 awaits its promise and passes a rejection to the error middleware.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Use a named export, so that the name is the same in all files.',
        },
        {
          selector: 'ExportAllDeclaration',
          message: 'Name each export, so that the public functions of a package are visible in its index file.',
        },
      ],
    },
  },
  // fork:remove web
  {
    // The web UI has its own compiler configuration, because it runs in a browser.
    files: ['services/web/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended],
    languageOptions: { parserOptions: { project: './services/web/tsconfig.json' } },
    rules: { '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }] },
  },
  {
    files: ['services/web/vite.config.ts'], // Vite requires a default export
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['services/web/public/*.js'],
    languageOptions: { globals: { document: 'readonly', localStorage: 'readonly', setTimeout: 'readonly' } },
  },
  // end of fork:remove web
  {
    files: ['**/*.test.ts', 'e2e/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off' },
  },
  {
    // Proofs read replies and cluster objects without types. A proof fails if such an object is not as expected.
    files: ['proofs/**/*.ts'],
    rules: Object.fromEntries(
      ['no-explicit-any', 'no-unsafe-assignment', 'no-unsafe-member-access', 'no-unsafe-call', 'no-unsafe-return']
        .concat('no-unsafe-argument', 'require-await', 'no-empty-function', 'unbound-method')
        .map((rule) => [`@typescript-eslint/${rule}`, 'off']),
    ),
  },
  {
    // A regular expression that reads text of a client must take time proportional to the length of the text.
    files: ['services/*/src/**/*.{ts,tsx}', 'packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    // All regular expressions of this file read text of clients. This rule runs attack texts against each expression,
    // which takes seconds. So the rule applies only to this file.
    files: ['packages/logging/src/redact.ts'],
    plugins: { redos },
    rules: { 'redos/no-vulnerable': ['error', { timeout: 10_000 }] },
  },
  {
    files: ['services/*/src/**/*.{ts,tsx}', 'packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Date',
          property: 'now',
          message:
            'The time of day can be set back. Measure durations with performance.now() (in the web UI: steadyNow). If the code needs the time of day, disable this rule with a reason.',
        },
        {
          object: 'process',
          property: 'env',
          message: 'Only config.ts may read settings, through the package config.',
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '*.cjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'fetch',
          'URL',
          'URLSearchParams',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'setImmediate',
          'AbortController',
          'AbortSignal',
          'Buffer',
          'TextDecoder',
          'structuredClone',
          'performance',
          'require',
          'module',
          '__dirname',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
