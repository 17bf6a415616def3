import { type CommandName, commands } from './commands.js';
import { aboutText, onlyText } from './helpText.js';
import { fallbackText, flagOf, type Option, type Options } from './option.js';
import { trainOptions } from './trainOptions.js';

const begin = (name: string) => `<!-- options of ${name}: npm run readme -->`;
const end = '<!-- end -->';

/**
 * A README with its tables of options updated: each table is between `<!-- options of COMMAND: … -->` and
 * `<!-- end -->`.
 */
export function withOptionTables(readme: string): string {
  const names = Object.keys(commands) as CommandName[];
  return names.reduce((text, name) => {
    const from = text.indexOf(begin(name));
    if (from === -1) return text;
    const to = text.indexOf(end, from);
    return `${text.slice(0, from)}${begin(name)}\n${tableOf(name)}\n${text.slice(to)}`;
  }, readme);
}

function tableOf(name: CommandName): string {
  const options: Options = commands[name].options;
  const withKeys = name === 'train';
  const header = ['flag', ...(withKeys ? ['recipe key'] : []), '', 'default', 'only'];
  const rows = Object.entries(options).map(([key, option]) => [
    `\`${[flagOf(key), option.value].filter(Boolean).join(' ')}\``,
    ...(withKeys ? [key in trainOptions ? `\`${key}\`` : ''] : []),
    aboutText(option, (each) => `\`${each}\``),
    marked(fallbackText(option)),
    codeOf(option),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function codeOf(option: Option): string {
  return onlyText(option).replace(/--[\w-]+/g, '`$&`');
}

/** Escapes what Markdown would read as a tag. */
function marked(text: string): string {
  return text.includes('<') ? `\`${text}\`` : text;
}
