import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeCommand, torchCommand } from '../peers/openPeers.js';
import { missingRow, type Row, timeRow } from '../row.js';
import { median } from '../statistics.js';
import type { Benchmark } from './benchmark.js';

type Command = { readonly name: string; readonly command: readonly string[] };

/** The promised limits, in seconds. */
const firstGradientLimit = 1.5;
const helpLimit = 0.2;

/** Times from the start of a process to the end of its first training step, and of `normlab --help`. */
export const startUp: Benchmark = async ({ runs, python, threadCounts }) => {
  const threads = String(Math.max(...threadCounts));
  const main = fileURLToPath(new URL('../../../apps/trainer/dist/main.js', import.meta.url));
  const commands: Command[] = [
    { name: 'ours', command: nodeCommand('../firstStep.js', threads) },
    { name: 'help', command: [process.execPath, main, '--help'] },
    { name: 'node', command: [process.execPath, '-e', '0'] },
    ...(python === undefined
      ? []
      : [{ name: 'PyTorch', command: torchCommand(python, '--threads', threads, '--first-step') }]),
  ];
  const seconds = new Map(commands.map(({ name }) => [name, [] as number[]]));
  for (let run = 0; run <= runs; run++) {
    for (const { name, command } of commands) {
      const taken = await wallSeconds(command);
      // The first run reads the files from disk.
      if (run > 0) seconds.get(name)!.push(taken);
    }
  }
  const of = (name: string) => median(seconds.get(name)!) * 1e3;
  const gradient = 'process start to first gradient, ALL-CNN, batch 32';
  const row = (name: string, ours: number, peer: number, peerName: string): Row =>
    timeRow({ name, ours, peer, peerName, unit: 'ms', n: runs });
  return [
    {
      title: 'Start-up',
      rows: [
        row(gradient, of('ours'), firstGradientLimit * 1e3, 'limit'),
        python === undefined
          ? missingRow(
              { name: gradient, ours: of('ours'), peerName: 'PyTorch', unit: 'ms', n: runs },
              'skipped: no Python with torch was found',
            )
          : row(gradient, of('ours'), of('PyTorch'), 'PyTorch'),
        row('normlab --help', of('help'), helpLimit * 1e3, 'limit'),
        row('normlab --help', of('help'), of('node'), 'node alone'),
      ],
    },
  ];
};

async function wallSeconds([program, ...args]: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ended with status ${status}`);
  return (performance.now() - start) / 1000;
}
