import js from '@eslint/js';
// @ts-expect-error -- it has no types
import redos from 'eslint-plugin-redos';
import * as regexp from 'eslint-plugin-regexp';
import reactHooks from 'eslint-plugin-react-hooks'; // feature: web
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
      // Express 5 awaits a handler's promise and passes its rejection to the error middleware, so a handler may be
      // async.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Named exports only: a name is the same wherever it is used.',
        },
        { selector: 'ExportAllDeclaration', message: 'A package has one public door: name what leaves through it.' },
      ],
    },
  },
  // feature: web
  {
    // The web interface has its own compiler configuration, because it runs in a browser.
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
  // end feature: web
  {
    files: ['**/*.test.ts', 'e2e/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-member-access': 'off' },
  },
  {
    // A proof reads replies and cluster objects without types: if one is not as expected, the proof fails.
    files: ['proofs/**/*.ts'],
    rules: Object.fromEntries(
      ['no-explicit-any', 'no-unsafe-assignment', 'no-unsafe-member-access', 'no-unsafe-call', 'no-unsafe-return']
        .concat('no-unsafe-argument', 'require-await', 'no-empty-function', 'unbound-method')
        .map((rule) => [`@typescript-eslint/${rule}`, 'off']),
    ),
  },
  {
    // A regular expression that reads foreign text must take time proportional to the length of the text.
    files: ['services/*/src/**/*.{ts,tsx}', 'packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    // This file has the most regular expressions, and all of them read foreign text. This rule also attacks them, which
    // takes seconds.
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
            'The time of day can be set back. Measure with performance.now() (in the web interface: steadyNow), or say why the time of day is meant.',
        },
        { object: 'process', property: 'env', message: 'Settings are read in config.ts alone, by the package config.' },
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
