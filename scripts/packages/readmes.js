// Does what each public package's README says, as a new user would: its install line in an empty folder, with the packed
// packages in place of the published ones; then every program in it, with three module resolutions of strict TypeScript,
// and run by Node. Needs the registry of npm, and packages that are built.
//
//   npm run check:readmes [-- PACKAGE-FOLDER…]     all packages without an argument
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { transformSync } from 'esbuild';
import { publicFolders, publicWorkspaces, readManifest, root } from './workspace.js';

/** What a reader has besides: the types of Node, and TypeScript. */
const { '@types/node': nodeTypes } = readManifest(root).devDependencies;

const resolutions = {
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
};

const named = process.argv.slice(2);

execFileSync(process.execPath, [join(root, 'scripts/packages/prune.js')]);
const scratch = mkdtempSync(join(tmpdir(), 'normlab-readmes-'));
const faults = [];
try {
  const typescript = installTypescript();
  const tarballs = packAll();
  for (const folder of named.length > 0 ? named : publicFolders())
    tryReadme(folder, { tarballs, typescript });
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

function tryReadme(folder, { tarballs, typescript }) {
  const { name } = readManifest(folder);
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  const place = join(scratch, basename(folder));
  mkdirSync(place);
  const install = /^npm install ((?!--global|-g).+?)(?: +#.*)?$/m.exec(text)?.[1];
  const say = (what, { status, stdout = '', stderr = '' }) => {
    if (status === 0) return;
    faults.push(`${name}: ${what}\n${`${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')}\n`);
  };
  if (install === undefined) {
    faults.push(`${name}: its README has no line "npm install …"\n`);
    return;
  }
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
  cpSync(join(root, 'docs/evidence/table-2-nin'), join(place, 'runs/last-norm'), { recursive: true });
  const programs = programsOf(text);
  programs.forEach((program, index) => {
    const file = `readme${index + 1}`;
    writeFileSync(join(place, `${file}.${program.language}`), program.text);
    const plain = transformSync(program.text, { loader: program.language, target: 'node20' }).code;
    writeFileSync(join(place, `${file}.mjs`), plain);
    if (!program.isForPages) say(`program ${index + 1}, run`, run(process.execPath, [`${file}.mjs`], place));
  });
  const files = programs.flatMap(({ language }, index) =>
    language === 'ts' ? [`readme${index + 1}.ts`] : [],
  );
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
    say(`types, ${resolution}`, { status: ours.length, stdout: ours.join('\n') });
  }
  console.log(`${name}: ${programs.length} programs`);
  rmSync(place, { recursive: true, force: true });
}

/** Packages that others depend on come from the tarballs too; npm refuses overrides of what is installed directly. */
function overridesOf(install, tarballs) {
  const direct = new Set(install.split(/\s+/));
  return Object.fromEntries(Object.entries(tarballs).filter(([name]) => !direct.has(name)));
}

/** Blocks that import something are programs; the others are fragments that explain. */
function programsOf(text) {
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)]
    .map(([, language, block]) => ({ language, text: block, isForPages: /\bpostMessage\(/.test(block) }))
    .filter((block) => /^import /m.test(block.text));
}

function run(program, args, cwd) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 300_000 });
}
