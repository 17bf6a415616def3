import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { temporaryFolder } from '@normlab/testing';
import { satisfies } from 'semver';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, publicPackages, readManifest, root } from './support/publicPackages.js';
import { type Unpacked, unpackAll } from './support/unpackAll.js';

/** What is at the top of each tarball besides LICENSE, README.md, package.json, dist and src. */
const extras: Readonly<Record<string, readonly string[]>> = {
  normlab: ['bin', 'experiments', 'recipes'],
  '@normlab/backends': ['LICENSE-APACHE', 'generated'],
  '@normlab/datasets': [],
  '@normlab/errors': [],
  '@normlab/experiments': [],
  '@normlab/export': [],
  '@normlab/files': [],
  '@normlab/kernels': [],
  '@normlab/laws': ['templates'],
  '@normlab/layers': [],
  '@normlab/models': ['generated'],
  '@normlab/ops': [],
  '@normlab/random': [],
  '@normlab/report': [],
  '@normlab/tensorboard': [],
  '@normlab/train': [],
  '@normlab/wasm-kernels': ['assembly', 'generated'],
};

/** The entries of each package besides `.` and `./package.json`; the command has no entries. */
const entries: Readonly<Record<string, readonly string[]>> = {
  '@normlab/backends': ['./node'],
  '@normlab/datasets': ['./node'],
  '@normlab/experiments': ['./node'],
  '@normlab/laws': ['./suite'],
  '@normlab/models': ['./spec', './schema.json'],
  '@normlab/train': ['./node'],
};

let unpacked: ReadonlyMap<string, Unpacked>;

beforeAll(async () => {
  unpacked = await unpackAll(await temporaryFolder());
});

it('what a bundler has made of the lab stays', () => {
  const scripts = readdirSync(join(root, 'apps/lab/dist/assets')).filter((file) => file.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
});

it('every public package is in the table', () => {
  expect(publicPackages.map(({ manifest }) => manifest.name).sort()).toEqual(Object.keys(extras).sort());
});

describe.each(publicPackages.map(({ folder, manifest }) => ({ name: manifest.name, folder })))(
  '$name',
  (tried) => {
    const { name } = tried;
    const files = () => unpacked.get(name)!.files;
    const read = (path: string) => readFileSync(join(unpacked.get(name)!.folder, path), 'utf8');
    const manifest = (): Manifest => readManifest(unpacked.get(name)!.folder);

    it('contains what the table says', () => {
      const top = new Set(files().map((file) => file.split('/')[0]!));
      const changelog = existsSync(join(tried.folder, 'CHANGELOG.md')) ? ['CHANGELOG.md'] : [];
      const always = ['LICENSE', 'README.md', 'package.json', 'dist', 'src', ...changelog];
      expect([...top].sort()).toEqual([...always, ...extras[name]!].sort());
      expect(read('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
    });

    it('contains four files per source module, and no build state', () => {
      const modules = files().flatMap((file) => /^src\/(.*)(?<!\.d)\.ts$/.exec(file)?.[1] ?? []);
      const made = modules.flatMap((each) =>
        ['js', 'js.map', 'd.ts', 'd.ts.map'].map((end) => `dist/${each}.${end}`),
      );
      expect(
        files()
          .filter((file) => file.startsWith('dist/'))
          .sort(),
      ).toEqual(made.sort());
      expect(files().filter((file) => /tsbuildinfo|\.test\.|^\.|(^|\/)node_modules\//.test(file))).toEqual(
        [],
      );
    });

    it('contains the sources of its maps', () => {
      for (const map of files().filter((file) => file.endsWith('.map'))) {
        const { sources }: { sources: string[] } = JSON.parse(read(map));
        for (const source of sources) expect(files()).toContain(normalize(join(dirname(map), source)));
      }
    });

    it('has entries that exist, for every kind of resolution', () => {
      const { exports = {}, main, types, typesVersions, bin = {}, imports = {} } = manifest();
      const targets = [...Object.values(exports), ...Object.values(imports)].flatMap((each) =>
        typeof each === 'string' ? [each] : Object.values(each),
      );
      for (const target of [...targets, ...Object.values(bin)]) expect(files()).toContain(normalize(target));
      if (name === 'normlab') {
        expect([exports, main, bin]).toEqual([{}, undefined, { normlab: 'bin/normlab.js' }]);
        return;
      }
      expect(Object.keys(exports).sort()).toEqual(['.', './package.json', ...(entries[name] ?? [])].sort());
      expect([main, types]).toEqual(['./dist/index.js', './dist/index.d.ts']);
      // Resolution without `exports`, such as TypeScript's node10, finds the types of the other entries here.
      const others = (entries[name] ?? []).filter((entry) => !entry.endsWith('.json'));
      expect(typesVersions?.['*'] ?? {}).toEqual(
        Object.fromEntries(others.map((entry) => [entry.slice(2), [`./dist/${entry.slice(2)}.d.ts`]])),
      );
    });

    it('has only the usual conditions', () => {
      const conditions = Object.values(manifest().exports ?? {}).flatMap((each) =>
        typeof each === 'string' ? [] : Object.keys(each),
      );
      const known = ['types', 'browser', 'bun', 'deno', 'node', 'default'];
      expect(conditions.filter((each) => !known.includes(each))).toEqual([]);
    });

    it('depends on other packages of normlab by version ranges', () => {
      const { dependencies = {}, peerDependencies = {} } = manifest();
      for (const [other, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
        if (!other.startsWith('@normlab/')) continue;
        const { version } = publicPackages.find((each) => each.manifest.name === other)!.manifest;
        expect([other, range]).toEqual([other, expect.stringMatching(/^\^\d+\.\d+\.\d+$/)]);
        expect([other, version, satisfies(version, range)]).toEqual([other, version, true]);
      }
    });

    it('has a description, and is built before it is packed', () => {
      const { license, keywords = [], scripts = {} } = manifest();
      expect(license).toBe(extras[name]!.includes('LICENSE-APACHE') ? 'MIT AND Apache-2.0' : 'MIT');
      expect(keywords.length).toBeGreaterThanOrEqual(3);
      expect(scripts.prepack).toBe('node ../../scripts/packages/prepack.js');
      for (const hook of ['preinstall', 'install', 'postinstall']) expect(scripts[hook]).toBeUndefined();
    });

    it('has a README without links that work only in this repository', () => {
      const links = [...read('README.md').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
      expect(links.filter((link) => !/^(https:|#)/.test(link))).toEqual([]);
    });
  },
);
