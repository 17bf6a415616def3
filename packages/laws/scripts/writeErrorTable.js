// Writes the results of `normlab laws --json` into a page, between its markers. From the root of the repository:
//   npx normlab laws --backend wasm,webgpu --runs 1000 --json > laws.json
//   node packages/laws/scripts/writeErrorTable.js docs/laws.md 2026-11-23 laws.json
// Backends that were measured separately (tensorflow, on a machine that has it) are passed as further files.
import { readFile, writeFile } from 'node:fs/promises';
import { argv, stderr } from 'node:process';

const [, , page, date, ...files] = argv;
if (page === undefined || !/^\d{4}-\d\d-\d\d$/.test(date ?? '') || files.length === 0) {
  stderr.write('usage: writeErrorTable.js PAGE YYYY-MM-DD LAWS.json …\n');
  process.exit(2);
}
const measured = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
const columns = measured.flatMap(({ backends, ...how }) =>
  backends.map((backend) => ({ ...backend, ...how })),
);
const ids = columns[0].laws.map(({ id }) => id);
const lawOf = ({ laws }, id) => laws.find((law) => law.id === id);
const fault = columns.find(
  ({ laws }) => laws.length !== ids.length || laws.some(({ id }) => !ids.includes(id)),
);
if (fault !== undefined) {
  stderr.write(`writeErrorTable.js: all files must hold the same laws, ${fault.name} holds others.\n`);
  process.exit(2);
}

const size = (value) => {
  if (value === 0) return '0';
  return value === null ? '∞' : value.toExponential(1).replace('e', '·10^');
};
const cell = ({ holds, largestError, bound }) =>
  `${size(largestError)} of ${size(bound)}${holds ? '' : ' **falls**'}`;
const rows = ids.map((id) => {
  const laws = columns.map((column) => lawOf(column, id));
  const usual = Math.max(...laws.map(({ medianBound }) => medianBound));
  const redrawn = Math.max(...laws.map(({ redrawn, runs }) => redrawn / (runs + redrawn)));
  const cells = [...laws.map(cell), size(usual), redrawn === 0 ? '0' : `${(100 * redrawn).toFixed(1)} %`];
  return `| ${id} | ${cells.join(' | ')} |`;
});
const heads = [...columns.map(({ name }) => name), 'median bound', 'drawn again'];
const lines = [
  `Measured ${date}:`,
  '',
  ...columns.map(
    ({ description, runs, seed, machine }) =>
      `- ${description}; ${runs} samples per law, seed ${seed}; ${machine}`,
  ),
  '',
  `| law | ${heads.join(' | ')} |`,
  `|---|${heads.map(() => '---|').join('')}`,
  ...rows,
];

const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
const text = await readFile(page, 'utf8');
if (!text.includes(begin) || text.indexOf(end) < text.indexOf(begin)) {
  stderr.write(`writeErrorTable.js: ${page} must hold the markers ${begin} and ${end}.\n`);
  process.exit(2);
}
const before = text.slice(0, text.indexOf(begin));
const after = text.slice(text.indexOf(end));
await writeFile(page, `${before}${begin}\n${lines.join('\n')}\n${after}`);
