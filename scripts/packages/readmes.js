// Does what each public package's README says, as a new user would: its install line in an empty folder, with the packed
// packages in place of the published ones; then every program in it, with three module resolutions of strict TypeScript,
// and run by Node. Needs the registry of npm, and packages that are built.
//
// The guides of docs/guides share one installation, of all that they name; a guide that imports a package which its own
// install line lacks is a fault all the same.
//
//   npm run check:readmes [-- FOLDER…]     folders of packages, or docs/guides; everything without an argument
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { publicFolders, publicWorkspaces, readManifest, root } from './workspace.js';

/** What a reader has besides: the types of Node, and TypeScript. */
const { '@types/node': nodeTypes } = readManifest(root).devDependencies;

const resolutions = {
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
};

const guides = join(root, 'docs/guides');
const named = process.argv.slice(2).map((folder) => resolve(folder));

execFileSync(process.execPath, [join(root, 'scripts/packages/prune.js')]);
const scratch = mkdtempSync(join(tmpdir(), 'normlab-readmes-'));
const faults = [];
try {
  const typescript = installTypescript();
  const tarballs = packAll();
  for (const folder of named.length > 0 ? named : [...publicFolders(), guides]) {
    if (folder === guides) tryGuides({ tarballs, typescript });
    else tryReadme(folder, { tarballs, typescript });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** The packed packages by name. */
function packAll() {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch, ...publicWorkspaces()];
  const packed = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  return Object.fromEntries(
    packed.map(({ name, filename }) => [
      name,
      `file:${join(scratch, filename.replace('@', '').replace('/', '-'))}`,
    ]),
  );
}

/**
 * The TypeScript that most readers have: from version 6 on, the types of WebGPU in its `dom` collide with those that tfjs
 * brings.
 */
function installTypescript() {
  const place = join(scratch, 'typescript');
  mkdirSync(place);
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', 'typescript@5.8.3'];
  execFileSync('npm', args, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(place, 'node_modules/typescript/bin/tsc');
}

function tryReadme(folder, tools) {
  const { name } = readManifest(folder);
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const install = installLineOf(text);
  if (install === undefined) {
    faults.push(`${name}: its README has no line "npm install …"\n`);
    return;
  }
  tryPrograms(name, { install, programs: programsOf(text, 'readme') }, tools);
}

function tryGuides(tools) {
  const files = readdirSync(guides).filter((file) => file.endsWith('.md'));
  const wanted = new Set();
  const programs = [];
  for (const file of files) {
    const text = readFileSync(join(guides, file), 'utf8');
    const found = programsOf(text, basename(file, '.md'));
    const words = installLineOf(text)?.split(/\s+/) ?? [];
    const installed = new Set(words.map((word) => word.replace(/(?<=.)@.*/, '')));
    for (const name of new Set(found.flatMap(packagesOf))) {
      if (!installed.has(name)) faults.push(`docs/guides/${file}: its install line lacks ${name}\n`);
    }
    for (const word of words) wanted.add(word);
    programs.push(...found);
    const site = sitesFiles(text);
    if (site['index.html'] !== undefined) trySite(file, { install: words.join(' '), files: site }, tools);
  }
  tryPrograms('guides', { install: [...wanted].join(' '), programs }, tools);
}

/** Bundles a page, with the files that its guide names and Vite as the guide installs it. */
function trySite(name, { install, files }, { tarballs }) {
  const place = join(scratch, `site-${name}`);
  mkdirSync(place);
  const manifest = { name: 'reader', private: true, overrides: overridesOf(install, tarballs) };
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text);
  const words = install.split(/\s+/).map((word) => tarballs[word] ?? word);
  const steps = [
    ['npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock', ...words]],
    ['npx', ['vite', 'build']],
  ];
  for (const [program, args] of steps) {
    const { status, stdout, stderr } = run(program, args, place);
    if (status === 0) continue;
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n');
    faults.push(`${name}: ${program} ${args[0]}\n${said}\n`);
    break;
  }
  console.log(`${name}: a page of ${Object.keys(files).length} files`);
  rmSync(place, { recursive: true, force: true });
}

/** Installs, runs and type-checks the programs of one document, or of several that share the installation. */
function tryPrograms(name, { install, programs }, { tarballs, typescript }) {
  const place = join(scratch, basename(name));
  mkdirSync(place);
  const say = (what, { status, stdout = '', stderr = '' }) => {
    if (status === 0) return;
    faults.push(`${name}: ${what}\n${`${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')}\n`);
  };
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({
      name: 'reader',
      private: true,
      type: 'module',
      overrides: overridesOf(install, tarballs),
    }),
  );
  const words = install.split(/\s+/).map((word) => tarballs[word] ?? word);
  const npm = [
    'install',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-package-lock',
  ];
  say(`npm install ${install}`, run('npm', [...npm, ...words, `@types/node@${nodeTypes}`], place));
  // Runs, for the programs that read some.
  cpSync(join(root, 'docs/evidence/table-2-nin'), join(place, 'runs/mine'), { recursive: true });
  for (const { file, language, text, isForPages } of programs) {
    writeFileSync(join(place, `${file}.${language}`), text);
    const plain = transformSync(text, { loader: language, target: 'node20' }).code;
    writeFileSync(join(place, `${file}.mjs`), plain);
    if (!isForPages) say(`${file}, run`, run(process.execPath, [`${file}.mjs`], place));
  }
  const files = programs.flatMap(({ file, language }) => (language === 'ts' ? [`${file}.ts`] : []));
  for (const [resolution, options] of files.length > 0 ? Object.entries(resolutions) : []) {
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2023', 'dom'], strict: true, noEmit: true, types: ['node'] },
      ...{ skipLibCheck: false, ...options },
    };
    const config = `tsconfig.${resolution}.json`;
    writeFileSync(join(place, config), JSON.stringify({ compilerOptions, files }));
    const found = run(process.execPath, [typescript, '-p', config], place);
    // Declarations of tfjs have faults of their own, such as a name that they import nowhere.
    const ours = found.stdout.split('\n').filter((line) => !/^(node_modules\/@tensorflow\/|\s|$)/.test(line));
    // A compiler that crashes or hangs names no fault.
    const isBroken = found.status === null || (found.status !== 0 && found.stdout.trim() === '');
    const said = isBroken ? [`tsc ended with ${found.signal ?? found.status}`, found.stderr] : ours;
    say(`types, ${resolution}`, { status: said.length, stdout: said.join('\n') });
  }
  console.log(`${name}: ${programs.length} programs`);
  rmSync(place, { recursive: true, force: true });
}

/** What the document tells its reader to install. */
function installLineOf(text) {
  return /^npm install ((?!--global|-g).+?)(?: +#.*)?$/m.exec(text)?.[1];
}

/** The blocks under a line that ends with the name of a file: ``… in `page.ts`:`` */
function sitesFiles(text) {
  const named = /`([\w.-]+\.(?:html|m?ts|m?js))`:\n\n```\w+\n([\s\S]*?)^```$/gm;
  return Object.fromEntries([...text.matchAll(named)].map(([, file, block]) => [file, block]));
}

/** Packages that others depend on come from the tarballs too; npm refuses overrides of what is installed directly. */
function overridesOf(install, tarballs) {
  const direct = new Set(install.split(/\s+/));
  return Object.fromEntries(Object.entries(tarballs).filter(([name]) => !direct.has(name)));
}

/** Blocks that import something are programs; the others are fragments that explain. */
function programsOf(text, name) {
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)]
    .map(([, language, block]) => ({ language, text: block, isForPages: /\bpostMessage\(/.test(block) }))
    .filter((block) => /^import /m.test(block.text))
    .map((program, index) => ({ ...program, file: `${name}${index + 1}` }));
}

/** The packages that a program imports, without Node's own modules. */
function packagesOf({ text }) {
  return [...text.matchAll(/^import (?:[^';]* from )?'((?:@[^/']+\/)?[^/']+)/gm)]
    .map(([, name]) => name)
    .filter((name) => !isBuiltin(name));
}

function run(program, args, cwd) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 300_000 });
}
