// @ts-check
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkArguments, properties } from './dependency-check.mjs';
import { fakePrograms } from './fake-programs.mjs';
import { digestsOf } from './images.mjs';
import { imageNames, readPlatform, readRegistry, readTag } from './names.mjs';
import { checkBuilds } from './publish.mjs';
import { graveFindings, nameRuns } from './scan.mjs';
import { parseRelease } from './release-file.mjs';
import { identity, misplacedImages } from './signatures.mjs';
import { nameCommit } from './version.mjs';

// Each step is a process, and starts others.
jest.setTimeout(180_000);

const digest = (/** @type {string} */ digit) => `sha256:${digit.repeat(64)}`;
const digests = (/** @type {string} */ digit) => Object.fromEntries(imageNames.map((name) => [name, digest(digit)]));
const commit = 'ab12'.repeat(10);

describe('the name of a commit', () => {
  const named = (/** @type {string} */ refType, /** @type {string} */ refName) =>
    nameCommit({ refType, refName, commit, packageVersion: '1.2.3', repository: 'Acme/Mainstay' });

  it('is main and the commit, or the release', () => {
    expect(named('branch', 'main')).toEqual({ tag: 'main-ab12ab12ab12', registry: 'ghcr.io/acme/mainstay' });
    expect(named('tag', 'v1.2.3').tag).toBe('1.2.3');
  });

  it.each([
    ['branch', 'feature', /named on main/],
    ['tag', 'v1.2', /like v1.2.3/],
    ['tag', 'v1.2.3;id', /like v1.2.3/],
    ['tag', 'v1.2.4', /package.json says 1.2.3/],
  ])('is refused to %s %s', (type, name, sentence) => {
    expect(() => named(type, name)).toThrow(sentence);
  });
});

describe('what a step is given', () => {
  it.each(['latest', 'A', '-x', 'a b', '', 'a'.repeat(49)])('is no tag: %p', (tag) => {
    expect(() => readTag(tag)).toThrow('--tag must be');
  });

  it.each(['ghcr.io', 'ghcr.io/Acme', 'https://ghcr.io/acme', 'ghcr.io/acme/$(id)'])(
    'is no registry: %s',
    (registry) => {
      expect(() => readRegistry(registry)).toThrow('is named like');
    },
  );

  it('is a tag, a registry, a platform', () => {
    expect([readTag('1.2.3-rc.1'), readRegistry('127.0.0.1:5000/a'), readPlatform('linux/arm64')]).toHaveLength(3);
    expect(() => readPlatform('linux/s390x')).toThrow('--platform must be');
  });
});

describe('digests', () => {
  const build = (/** @type {string} */ platform, more = {}) => ({
    platform,
    revision: commit,
    digests: digests('a'),
    ...more,
  });

  it('are read from what buildx says', () => {
    const metadata = Object.fromEntries(imageNames.map((name) => [name, { 'containerimage.digest': digest('c') }]));
    expect(digestsOf(metadata)).toEqual(digests('c'));
    expect(() => digestsOf({ ...metadata, web: {} })).toThrow('no digest of web');
  });

  it('are put together only where they belong together', () => {
    expect(checkBuilds([build('linux/amd64'), build('linux/arm64')])).toHaveLength(2);
    expect(() => checkBuilds([])).toThrow('no digests');
    expect(() => checkBuilds([build('linux/amd64'), build('linux/amd64')])).toThrow('built twice');
    expect(() => checkBuilds([build('linux/amd64'), build('linux/arm64', { revision: 'b' })])).toThrow(
      'several commits',
    );
    expect(() => checkBuilds([build('linux/amd64', { digests: {} })])).toThrow('no digest of gateway');
  });
});

describe('a release', () => {
  const images = Object.fromEntries(imageNames.map((name) => [name, `ghcr.io/a/b/${name}@${digest('d')}`]));
  const release = { tag: '1.2.3', revision: commit, platforms: ['linux/amd64'], images };

  it('is read whole or not at all', () => {
    expect(parseRelease(JSON.stringify(release), 'r')).toEqual(release);
    expect(() => parseRelease('{', 'r')).toThrow('r is no release');
    expect(() => parseRelease(JSON.stringify({ ...release, images: { ...images, web: 'x' } }), 'r')).toThrow(
      'no release',
    );
  });

  it('is signed by one workflow of one branch', () => {
    expect(identity('a/b/.github/workflows/release.yml@refs/heads/main')[1]).toBe(
      'https://github.com/a/b/.github/workflows/release.yml@refs/heads/main',
    );
    expect(() => identity(undefined)).toThrow('GITHUB_WORKFLOW_REF');
  });

  it('is refused by an overlay that takes its images from elsewhere', () => {
    expect(misplacedImages([{ name: 'mainstay/web', newName: 'ghcr.io/a/b/web' }, { name: 'redis' }], release)).toEqual(
      [],
    );
    expect(misplacedImages([{ name: 'mainstay/web', newName: 'ghcr.io/example/web' }], release)).toEqual([
      'takes ghcr.io/example/web, but the release is ghcr.io/a/b/web: change newName.',
    ]);
  });
});

describe('scans', () => {
  it('fail on what is high or critical', () => {
    const found = [
      { VulnerabilityID: 'CVE-1', PkgName: 'x', InstalledVersion: '1', FixedVersion: '2', Severity: 'HIGH' },
      { VulnerabilityID: 'CVE-2', Severity: 'LOW' },
    ];
    const report = {
      Results: [
        { Target: 't', Vulnerabilities: found },
        { Target: 'u', Misconfigurations: [{ ID: 'D1', Title: 'T', Severity: 'CRITICAL' }] },
      ],
    };
    expect(graveFindings(report)).toEqual(['HIGH t: CVE-1 in x 1, mended in 2', 'CRITICAL u: D1 T']);
    expect(graveFindings({})).toEqual([]);
  });

  it('name their reports', () => {
    expect(JSON.parse(nameRuns('{"runs":[{}]}', 'a'))).toEqual({ runs: [{ automationDetails: { id: 'a/' } }] });
  });

  it('fail from CVSS 7 on, and show the key of the NVD to nobody', () => {
    const args = checkArguments({ root: '/r', reports: '/o', data: '/d', secrets: '/s' }).join(' ');
    expect(args).toContain('--failOnCVSS 7');
    expect(args).toContain('--propertyfile /s/nvd.properties');
    expect(properties('0'.repeat(8) + '-0000-0000-0000-' + '0'.repeat(12))).toMatch(/^nvd\.api\.key=/);
    expect(properties(undefined)).toBe('');
    expect(() => properties('a\nb')).toThrow('no key of the NVD');
  });
});

describe('npm run pipeline', () => {
  /** @type {Awaited<ReturnType<typeof fakePrograms>>} */
  let fakes;
  // A registry: a tag that was created has a digest, another is not found.
  const docker = `
case "$*" in
  *" create "*) touch "$HOME/created-$(echo "$5" | tr /: __)" ;;
  *" inspect "*)
    [ -e "$HOME/created-$(echo "$6" | tr /: __)" ] || { echo "ERROR: $6: not found" >&2; exit 1; }
    echo '{"digest":"${digest('e')}"}' ;;
esac`;
  beforeAll(async () => {
    fakes = await fakePrograms({
      docker,
      cosign: 'exit "${COSIGN_ANSWERS:-0}"',
      kind: '',
      kubectl: '',
      git: `echo ${commit} 1700000000`,
    });
    await mkdir(join(fakes.folder, 'digests'));
    for (const platform of ['amd64', 'arm64']) {
      const build = {
        platform: `linux/${platform}`,
        revision: commit,
        digests: digests(platform === 'amd64' ? 'a' : 'b'),
      };
      await writeFile(join(fakes.folder, 'digests', `${platform}.json`), JSON.stringify(build));
    }
  });
  afterAll(() => fakes.remove());

  const release = () => join(fakes.folder, 'release.json');
  const publish = () =>
    fakes.step([
      'publish',
      '--registry',
      'ghcr.io/a/b',
      '--tag',
      '1.0.0',
      '--digests',
      join(fakes.folder, 'digests'),
      '--release',
      release(),
    ]);

  it('publishes both platforms under one tag, signs the digest, and verifies it', async () => {
    expect(await publish()).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(release(), 'utf8')).images.web).toBe(`ghcr.io/a/b/web@${digest('e')}`);
    expect(await readFile(`${release()}.sha256`, 'utf8')).toContain(`${'e'.repeat(64)}  ghcr.io/a/b/web\n`);
    expect(await fakes.calls()).toContain(
      `docker buildx imagetools create --tag ghcr.io/a/b/gateway:1.0.0 ghcr.io/a/b/gateway@${digest('a')} ghcr.io/a/b/gateway@${digest('b')}`,
    );
    expect(await fakes.step(['sign', '--release', release()])).toMatchObject({ code: 0 });
    expect(await fakes.calls()).toContain(`cosign sign --yes --recursive ghcr.io/a/b/web@${digest('e')}`);
    const env = { GITHUB_WORKFLOW_REF: 'a/b/.github/workflows/release.yml@refs/tags/v1.0.0' };
    expect(await fakes.step(['verify', '--release', release()], env)).toMatchObject({ code: 0 });
    const unsigned = await fakes.step(['verify', '--release', release()], { ...env, COSIGN_ANSWERS: '1' });
    expect(unsigned).toMatchObject({ code: 1, stderr: expect.stringContaining('is not signed by whom it should be') });
  });

  it('never gives a tag to a second build', async () => {
    const before = (await fakes.calls()).filter((call) => call.includes(' create ')).length;
    expect(await publish()).toMatchObject({ code: 0 });
    expect((await fakes.calls()).filter((call) => call.includes(' create '))).toHaveLength(before);
  });

  it('makes a cluster that has the images', async () => {
    expect(await fakes.step(['kind', 'up', '--tag', 't1'])).toMatchObject({ code: 0 });
    expect((await fakes.calls()).find((call) => call.startsWith('kind load'))).toContain('mainstay/secrets:t1');
  });

  it('writes a kubeconfig for nobody else, and over nobody’s', async () => {
    const file = join(fakes.folder, 'kube/config');
    const context = 'contexts: [{ name: a, context: { cluster: a, user: pipeline } }]';
    const env = { KUBECONFIG: file, KUBECONFIG_CONTENT: `apiVersion: v1\nkind: Config\n${context}\n` };
    const withToken = `${env.KUBECONFIG_CONTENT}users: [{ name: pipeline, user: { token: t } }]\n`;
    expect(await fakes.step(['kubeconfig'], { ...env, KUBECONFIG_CONTENT: withToken })).toMatchObject({ code: 1 });
    expect(await fakes.step(['kubeconfig'], env)).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain('cluster-token.mjs');
    expect(await fakes.step(['kubeconfig'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there already'),
    });
  });

  it('tells the following steps what a commit is called', async () => {
    const output = join(fakes.folder, 'output');
    const env = {
      GITHUB_REF_TYPE: 'branch',
      GITHUB_REF_NAME: 'main',
      GITHUB_SHA: commit,
      GITHUB_REPOSITORY: 'a/b',
      GITHUB_OUTPUT: output,
    };
    expect(await fakes.step(['version'], env)).toMatchObject({ code: 0 });
    expect(await readFile(output, 'utf8')).toBe('tag=main-ab12ab12ab12\nregistry=ghcr.io/a/b\n');
  });

  it.each([
    [['nothing'], 'There is no step "nothing"'],
    [['images', '--tag', 'Ä'], '--tag must be'],
    [['images', '--colour', 'red'], "Unknown option '--colour'. It takes --tag"],
    [['images', '--push', 'ghcr.io/a/b'], '--platform must be'],
    [['scan', 'moon'], 'It takes config or images or secrets'],
    [['verify', '--release', '/nowhere.json'], 'There is no file /nowhere.json.'],
    [['scan', 'config'], 'trivy is not installed here.'],
  ])('refuses %j in one sentence', async (args, sentence) => {
    const { code, stderr } = await fakes.step(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) });
    expect(stderr).not.toContain('    at ');
  });
});
