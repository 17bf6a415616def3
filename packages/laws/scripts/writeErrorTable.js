// Writes what `normlab laws --json` measured into docs/laws.md, between its markers:
//   npx normlab laws --backend wasm,webgpu --runs 1000 --json > laws.json
//   node packages/laws/scripts/writeErrorTable.js laws.json 2026-11-23
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { argv, version } from 'node:process';

const [, , measured, date] = argv;
if (measured === undefined || date === undefined) throw new Error('usage: writeErrorTable.js LAWS.json DATE');
const { seed, runs, backends } = JSON.parse(await readFile(measured, 'utf8'));
const page = join(import.meta.dirname, '../../../docs/laws.md');
const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
const text = await readFile(page, 'utf8');
const [before, rest] = text.split(begin);
const [, after] = rest.split(end);

const size = (value) => (value === 0 ? '0' : value.toExponential(1).replace('e', '·10^'));
const cell = ({ holds, largestError, bound }) =>
  `${size(largestError)} of ${size(bound)}${holds ? '' : ' **falls**'}`;
const rows = backends[0].laws.map(({ id }, row) => {
  const cells = backends.map(({ laws }) => cell(laws[row]));
  return `| ${id} | ${cells.join(' | ')} |`;
});
const lines = [
  `${runs} samples a law, seed ${seed}, ${date}. ${cpus()[0].model}, ${cpus().length} cores, Node ${version}.`,
  ...backends.map(({ name, description }) => `${name}: ${description}.`),
  '',
  `| law | ${backends.map(({ name }) => name).join(' | ')} |`,
  `|---|${backends.map(() => '---|').join('')}`,
  ...rows,
];
await writeFile(page, `${before}${begin}\n${lines.join('\n')}\n${end}${after}`);
