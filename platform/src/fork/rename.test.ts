import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { product } from '../product.ts';
import { root } from '../root.ts';
import { findNames } from './find-names.ts';
import { planRename, refuseDirtyTree } from './rename.ts';
import { spellingsOf, validProduct } from './spellings.ts';

const wanted = validProduct('zzfork', 'Zz Fork');
const { name, title, identifier, anchor, capital } = spellingsOf(product);
let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'fork-rename-'));
  execFileSync('git', ['init', '--quiet'], { cwd: tree });
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function track(files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
  execFileSync('git', ['add', '--all'], { cwd: tree });
}

async function renamed(text: string): Promise<string | undefined> {
  track({ 'a.txt': text });
  return (await planRename(tree, product, wanted)).changes[0]?.text;
}

describe('planRename', () => {
  it('finds the form of every occurrence in this repository', async () => {
    const { changes, counts } = await planRename(root, product, validProduct('qqfork'));
    expect(counts.size).toBeGreaterThan(10);
    const [old, fresh] = [spellingsOf(product), spellingsOf(wanted)];
    expect(changes.filter(({ text }) => findNames(text, old, fresh).length > 0)).toEqual([]);
  }, 180_000);

  it.each([
    [`import '@${name}/events';`, `import '@zzfork/events';`],
    [`'^@${name}\\/([a-z-]+)$'`, `'^@zzfork\\/([a-z-]+)$'`],
    [`The service of ${title}, _${title} logs_`, `The service of Zz Fork, _Zz Fork logs_`],
    [
      `${identifier}TargetDown](#${anchor}targetdown), ${identifier}\${speed}Burn`,
      `ZzForkTargetDown](#zzforktargetdown), ZzFork\${speed}Burn`,
    ],
    [`${name}:slo_events:rate5m`, `zzfork:slo_events:rate5m`],
    [`__Host-${name}.sid, /${name}\\.sid=/`, `__Host-zzfork.sid, /zzfork\\.sid=/`],
    [`postgres://${name}_owner:x@db/${name}`, `postgres://zzfork_owner:x@db/zzfork`],
    [`\${${name.toUpperCase()}_TAG:-dev}`, `\${ZZFORK_TAG:-dev}`],
    [`x-${name}-identity, ${capital}-Identity`, `x-zzfork-identity, Zzfork-Identity`],
    [`/etc/${name}/tls`, `/etc/zzfork/tls`],
  ])('turns %j into %j', async (before, after) => {
    expect(await renamed(before)).toBe(after);
  });

  it('refuses an unknown form, and names the place', async () => {
    track({ 'b.txt': `first\nthe re${name}ing` });
    await expect(planRename(tree, product, wanted)).rejects.toThrow(`b.txt:2: the re${name}ing`);
  });

  it('renames files, and does not change pictures, the licence, the change log and credits', async () => {
    track({
      [`x/${name}.conf`]: 'a',
      LICENSE: `The ${title} authors`,
      'CHANGELOG.md': title,
      'README.md': `Forked from ${title}`,
      'a.png': Buffer.from(`\0${name}`),
    });
    const { changes, binaries } = await planRename(tree, product, wanted);
    expect(changes).toEqual([{ path: `x/${name}.conf`, newPath: 'x/zzfork.conf', text: 'a' }]);
    expect(binaries).toEqual(['a.png']);
  });

  it('refuses a name that would make two files or words equal', async () => {
    track({ 'a.txt': `${name}-edge`, 'b.txt': 'zzfork-edge' });
    await expect(planRename(tree, product, wanted)).rejects.toThrow('zzfork-edge, which exists already');
    track({ 'a.txt': '', 'b.txt': 'ZZFORK_PORT' });
    await expect(planRename(tree, product, wanted)).rejects.toThrow('ZZFORK_PORT would look like');
    track({ [`${name}.txt`]: '', 'zzfork.txt': '', 'b.txt': '' });
    await expect(planRename(tree, product, wanted)).rejects.toThrow('zzfork.txt, which exists already');
  });
});

describe('a new name', () => {
  it.each(['Acme', 'a-b', 'ab', '1st', 'select', 'gateway', 'pgshop', 'content', 'x'.repeat(17)])(
    'is not %s',
    (wrong) => {
      expect(() => validProduct(wrong)).toThrow(`"${wrong}" cannot be the name`);
    },
  );

  it('has a title from which alert names can be made', () => {
    expect(validProduct('acme')).toEqual({ name: 'acme', title: 'Acme' });
    for (const wrong of ['acme', 'Acme!', 'Acme  Shop', 'Zz-Fork']) {
      expect(() => validProduct('acme', wrong)).toThrow('cannot be the title');
    }
  });
});

describe('refuseDirtyTree', () => {
  it('refuses a file that Git does not track', async () => {
    await refuseDirtyTree(tree);
    writeFileSync(join(tree, 'new.txt'), '');
    await expect(refuseDirtyTree(tree)).rejects.toThrow('new.txt');
  });
});
