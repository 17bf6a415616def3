// Regenerates the tables of options in README.md from the tables that the program uses.
import { readFile, writeFile } from 'node:fs/promises';
import { withOptionTables } from '../dist/settings/readmeTables.js';

const readme = new URL('../README.md', import.meta.url);
await writeFile(readme, withOptionTables(await readFile(readme, 'utf8')));
