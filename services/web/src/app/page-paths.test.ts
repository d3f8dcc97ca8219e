import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { pagePaths } from './page-paths.js';

/** An import of the router would load React, so the test reads the source text. */
const source = readFileSync(new URL('./router.tsx', import.meta.url), 'utf8');

describe('pagePaths', () => {
  it('contains exactly the paths of the router', () => {
    const routed = [...source.matchAll(/^ {2}path: '([^']+)'/gm)].map(([, path = '']) => path.replaceAll('$', ':'));
    expect(routed.sort()).toEqual([...pagePaths].sort());
  });

  it('contains exactly the paths that nginx serves with index.html', () => {
    const conf = readFileSync(new URL('../../../../docker/nginx/templates/pages.conf', import.meta.url), 'utf8');
    const [, alternatives = ''] = /^location ~ \^\/\((.+)\)\$ \{$/m.exec(conf) ?? [];
    const served = alternatives.split('|').map((path) => `/${path}`);
    expect(['/', ...served].sort()).toEqual(pagePaths.map((path) => path.replace(/:\w+/g, '[^/]+')).sort());
  });
});
