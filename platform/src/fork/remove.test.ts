import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { documentationBreaches } from '../check/documentation.ts';
import { root } from '../root.ts';
import { copyTree } from './copy-tree.ts';
import { features } from './features.ts';
import { pruneDocument } from './prune-document.ts';
import { applyRemoval, HISTORY, planRemoval, withoutBlocks } from './remove.ts';
import { trackedFiles } from './rename.ts';

let tree: string;

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), 'fork-remove-'));
  await copyTree(root, tree);
  git('init', '--quiet');
  git('add', '--all');
}, 120_000);
afterEach(() => git('checkout', '--quiet', '.'));
afterAll(() => rmSync(tree, { recursive: true, force: true }));

function git(...args: string[]): void {
  execFileSync('git', args, { cwd: tree });
}

/** Reads the code, except docs/examples, whose imports are valid only after they are copied. */
async function readCode(): Promise<{ path: string; text: string }[]> {
  const files = (await trackedFiles(tree)).filter((path) => /^(?!docs\/examples\/).*\.(ts|tsx|mjs)$/.test(path));
  return files.map((path) => ({ path, text: readFileSync(join(tree, path), 'utf8') }));
}

/** Returns the imported names that their file does not use. */
async function unusedImports(): Promise<string[]> {
  return (await readCode()).flatMap(({ path, text }) =>
    [...text.matchAll(/^import (?:type )?\{([^}]*)\} from/gm)]
      .flatMap(([, names = '']) => names.split(',').map((name) => name.replace(/.*\b(?:as|type) /, '').trim()))
      .filter((name) => name !== '' && text.split(new RegExp(String.raw`\b${name}\b`)).length < 3)
      .map((name) => `${path} does not use ${name}`),
  );
}

/** Returns the programs that workflows still run, although the removal deleted them. */
async function lostPrograms(): Promise<string[]> {
  const workflows = (await trackedFiles(tree)).filter((path) => path.startsWith('.github/workflows/'));
  return workflows.flatMap((path) =>
    [...readFileSync(join(tree, path), 'utf8').matchAll(/\bnode ([\w/.-]+\.ts)/g)]
      .filter(([, program = '']) => existsSync(join(root, program)) && !existsSync(join(tree, program)))
      .map(([command]) => `${path} runs ${command}`),
  );
}

/** Returns the imports whose file does not exist. */
async function lostImports(): Promise<string[]> {
  return (await readCode()).flatMap(({ path, text }) => {
    return [...text.matchAll(/^(?:import|export)\b[^'";]*['"](\.{1,2}\/[^'"]+|@[\w-]+\/platform\/[^'"]+)['"]/gm)]
      .map(([, target = '']) => target.replace(/^@[\w-]+\/platform\/(.*)$/, '/platform/src/$1.ts'))
      .map((target) => (target.startsWith('/') ? target.slice(1) : join(dirname(path), target)))
      .filter((target) => !/\/dist(\/|$)|\.css$/.test(target))
      .filter((target) =>
        ['.js', '.ts', '.tsx', '.d.ts'].every((end) => !existsSync(join(tree, target.replace(/\.js$/, end)))),
      )
      .map((target) => `${path} imports ${target}`);
  });
}

describe('removing a feature', () => {
  it.each(Object.keys(features))(
    'leaves no import, link, path or command of %s behind',
    async (name) => {
      await applyRemoval(tree, await planRemoval(tree, [name]));
      const pages = (await trackedFiles(tree)).filter((path) => path.endsWith('.md'));
      expect(documentationBreaches(tree, pages)).toEqual([]);
      expect([...(await lostImports()), ...(await unusedImports()), ...(await lostPrograms())]).toEqual([]);
      const { paths, words = /(?!)/ } = features[name]!;
      expect(pages.filter((page) => !HISTORY.test(page) && words.test(readFileSync(join(tree, page), 'utf8')))).toEqual(
        [],
      );
      for (const path of paths) expect({ path, is: existsSync(join(tree, path)) }).toEqual({ path, is: false });
    },
    180_000,
  );

  it('refuses a permanent part, with the reason', async () => {
    await expect(planRemoval(root, ['gateway'])).rejects.toThrow('gateway stays: it is the only entry point');
    await expect(planRemoval(root, ['sparkle'])).rejects.toThrow('kubernetes: manifests');
  });
});

describe('withoutBlocks', () => {
  it('removes the marked lines, in any kind of comment', () => {
    const text =
      'a\n  // fork:remove x\n  b\n  // end of fork:remove x\nc\n# fork:remove y\nd\n# end of fork:remove y\n';
    expect(
      withoutBlocks('a(); // fork:remove x\nb();\n{/* fork:remove x */}\n<C />\n{/* end of fork:remove x */}\n', 'x'),
    ).toBe('b();\n');
    expect(withoutBlocks(text, 'x')).toBe('a\nc\n# fork:remove y\nd\n# end of fork:remove y\n');
    expect(() => withoutBlocks('// fork:remove x\nb\n', 'x')).toThrow('has no end');
  });
});

describe('pruneDocument', () => {
  const gone = {
    path: (path: string) => path === 'k8s' || path === 'k8s/base',
    command: (name: string) => name === 'cluster',
  };
  const prune = (text: string) => pruneDocument('README.md', text, gone, { isHistory: false });

  it.each([
    ['One is here. See [manifests](k8s/base). Two.\n', 'One is here. Two.\n'],
    ['- one\n- `k8s/base` is two\n- three. See `k8s`.\n', '- one\n- three.\n'],
    ['Read [a](a), [b](b) or [c](k8s). Add one; edit `k8s`.\n', 'Read [a](a) or [b](b). Add one.\n'],
    ['| a | b |\n| - | - |\n| `k8s/base` | c |\n| d | e |\n', '| a | b |\n| - | - |\n| d | e |\n'],
    ['The k8s nodes stay. See `k8s`.\n', 'The k8s nodes stay.\n'],
    ['| a | b |\n| - | - |\n| k8s nodes | c |\n| `k8s` | e |\n', '| a | b |\n| - | - |\n| k8s nodes | c |\n'],
    ['```sh\nnpm start\nls -R k8s\n```\n', '```sh\nnpm start\n```\n'],
    ['```sh\nnpm start\nnpm run cluster\n```\n', '```sh\nnpm start\n```\n'],
    ['# A\n\n## B\n\nRun `npm run cluster`.\n\n## C\n\nStay.\n', '# A\n\n## C\n\nStay.\n'],
  ])('turns %j into %j', (before, after) => {
    expect(prune(before)).toBe(after);
  });

  it('keeps the sentences of documents that describe the past', () => {
    expect(pruneDocument('CHANGELOG.md', 'Add [manifests](k8s/base).\n', gone, { isHistory: true })).toBe(
      'Add manifests.\n',
    );
  });
});
