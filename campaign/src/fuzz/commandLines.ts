import { join } from 'node:path';
import type { RandomStream } from '@normlab/random';
import { internal, type Subject } from './subject.js';

type Row = { readonly value?: string; readonly fallback?: unknown };
type Commands = Readonly<Record<string, { readonly options: Readonly<Record<string, Row>> }>>;

/** Command lines of random options and values. None of them can begin to train, or to download. */
export async function commandLineSubject(folder: string): Promise<Subject> {
  const { commands } = await internal<{ commands: Commands }>('apps/trainer/dist/settings/commands.js');
  const { flagOf } = await internal<{ flagOf: (key: string) => string }>(
    'apps/trainer/dist/settings/option.js',
  );
  const { runCommandLine } = await internal<{ runCommandLine: (args: readonly string[]) => Promise<number> }>(
    'apps/trainer/dist/program.js',
  );
  const nowhere = join(folder, 'no', 'such', 'place');
  for (const output of [process.stdout, process.stderr]) output.setMaxListeners(0);
  return {
    name: 'command line',
    read: async (stream) => {
      // In this order, so that what stops a command comes last and is not replaced by a random value.
      const [name, ...closing] = safe(nowhere)[stream.integer(8)]!;
      const rows = Object.entries(commands[name!]!.options);
      const args = [name!];
      for (let count = stream.integer(6); count > 0; count--) {
        const [key, { value }] = rows[stream.integer(rows.length)]!;
        args.push(stream.integer(12) === 0 ? '--unknown' : flagOf(key));
        if ((value !== undefined) !== (stream.integer(12) === 0)) args.push(word(stream));
      }
      const { status, stdout, stderr } = await captured(() => runCommandLine([...args, ...closing]));
      const shown = `normlab ${args.join(' ')} → ${status} ${stderr.slice(0, 500)}`;
      if (![0, 1, 2].includes(status)) throw new Error(`ends with no status of ours: ${shown}`);
      if (/\(unexpected|\n {4}at /.test(stdout + stderr))
        throw new Error(`is not said in our form: ${shown}`);
      if (status !== 0 && stderr.trim() === '') throw new Error(`says nothing: ${shown}`);
      return status === 0 ? 'accepted' : 'refused';
    },
  };
}

/** Commands with arguments that let them read a little, or stop before they begin. */
function safe(nowhere: string): readonly (readonly string[])[] {
  return [
    ['train', '--resume', nowhere],
    ['train', '--spec', `${nowhere}.json`, '--out', import.meta.filename],
    ['eval', nowhere],
    ['runs', nowhere],
    ['compare', `${nowhere}.json`],
    ['report', nowhere],
    ['params'],
    ['recipes'],
  ];
}

function word(stream: RandomStream): string {
  return words[stream.integer(words.length)]!;
}

const words = [
  ...[
    '0',
    '1',
    '-1',
    '0.5',
    '1e9',
    '1e999',
    '0x10',
    'NaN',
    'Infinity',
    '',
    ' ',
    ',',
    '1,2',
    '2,1',
    '1,,2',
    'true',
  ],
  ...[
    'all-cnn',
    'nin',
    'resnet-29',
    'resnet-1',
    'resnet-',
    'bn',
    'cbn-all',
    'none',
    'relu',
    'wasm',
    'cpu',
    'plain',
  ],
  ...[
    'built-in',
    'cifar10',
    'images',
    'sgd',
    'adamw',
    'cosine',
    'piecewise',
    'exponential',
    'validation',
    'markdown',
  ],
  ...[
    '--',
    '-x',
    '--json',
    '__proto__',
    'constructor',
    '../..',
    '/dev/null',
    'a\u001b[2Jb',
    '\u202eabc',
    'ü',
    '😀',
  ],
  'x'.repeat(3000),
];

async function captured(
  run: () => Promise<number>,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const [out, err] = [process.stdout.write, process.stderr.write];
  const texts = { stdout: '', stderr: '' };
  const keep = (name: keyof typeof texts) => (chunk: string | Uint8Array) => {
    texts[name] += chunk.toString();
    return true;
  };
  process.stdout.write = keep('stdout');
  process.stderr.write = keep('stderr');
  try {
    return { status: await run(), stdout: texts.stdout, stderr: texts.stderr };
  } finally {
    process.stdout.write = out;
    process.stderr.write = err;
  }
}
