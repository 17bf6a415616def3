import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeCommands } from '../../src/program.js';
import { type CommandName, commands } from '../../src/settings/commands.js';
import { flagOf } from '../../src/settings/option.js';
import { withOptionTables } from '../../src/settings/readmeTables.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const names = Object.keys(commands) as CommandName[];

describe('the README', () => {
  it('has up-to-date tables of options (npm run readme writes them)', () => {
    expect(withOptionTables(readme)).toBe(readme);
  });

  it('gets a new table where the old one was', () => {
    const outdated = readme.replaceAll(/(<!-- options of .* -->\n)[\s\S]*?(<!-- end -->)/g, '$1| old |\n$2');
    expect(outdated).toContain('-->\n| old |\n<!--');
    expect(withOptionTables(outdated)).toBe(readme);
    expect(withOptionTables('no tables')).toBe('no tables');
  });

  it.each(names.filter((name) => Object.keys(commands[name].options).length > 0))(
    'has a table of the options of %s',
    (name) => {
      expect(readme).toContain(`<!-- options of ${name}: npm run readme -->`);
    },
  );

  it.each(names)('describes normlab %s', (name) => {
    expect(readme).toContain(`| \`normlab ${name}`);
  });
});

describe('the help', () => {
  const program = describeCommands(() => {});

  it.each(names)('of %s lists each of its options', (name) => {
    const help = program.commands.find((each) => each.name() === name)!.helpInformation();
    for (const key of [...Object.keys(commands[name].options), 'json', 'debug']) {
      expect(help).toMatch(new RegExp(`\\s${flagOf(key)}\\s`));
    }
  });
});
