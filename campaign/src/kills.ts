import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { deriveSeed, type RandomStream, randomStream } from '@normlab/random';
import type { Campaign, Trial } from './campaign.js';
import { type Ended, normlab, startNormlab } from './command.js';
import { brokenJson, differences, outputsOf } from './outputs.js';
import { makeImages, tinyExperiment, tinyRun } from './tinyRun.js';

/** A command that is killed again and again: what it is given, and what it leaves. */
type Victim = {
  readonly name: string;
  /** The arguments to begin, or to go on, in a folder. */
  readonly args: (folder: string) => readonly string[];
  /** The file or folder from whose appearance on a kill can do harm. */
  readonly appears: string;
  /** Where its output is. */
  readonly output: string;
};

const victims: readonly Victim[] = [
  {
    name: 'train',
    args: (folder) =>
      existsSync(join(folder, 'run/config.json'))
        ? ['train', '--resume', 'run']
        : ['train', ...tinyRun, '--out', 'run'],
    appears: 'run',
    output: 'run',
  },
  {
    name: 'compare',
    args: () => ['compare', '../tiny.json', '--jobs', '2', '--out', 'runs'],
    appears: 'runs',
    output: 'runs',
  },
  {
    name: 'convert',
    args: (folder) => (existsSync(join(folder, 'cifar')) ? ['recipes'] : ['convert', '../images', 'cifar']),
    appears: 'images/.normlab-cache',
    output: 'cifar',
  },
];

/** How many times a command of one trial is killed, at most. */
const mostKills = 5;

/**
 * Kills `train`, `compare` and `convert` at random times, by SIGKILL or by a signal at which they save, until they are
 * done; what they leave must then equal what an unkilled command leaves, byte for byte.
 */
export const kills: Campaign = {
  about:
    'train, compare and convert killed at random times and called again: the same bytes as without a kill',
  short: 10,
  async open() {
    const place = await mkdtemp(join(tmpdir(), 'normlab-kills-'));
    await writeFile(join(place, 'tiny.json'), JSON.stringify(tinyExperiment));
    await makeImages(join(place, 'images'));
    const wanted = new Map<Victim, Record<string, string>>();
    const usual = new Map<Victim, number>();
    for (const victim of victims) {
      const folder = join(place, `whole-${victim.name}`);
      await mkdir(folder);
      const began = performance.now();
      const { status, stderr } = await normlab(victim.args(folder), folder);
      if (status !== 0) throw new Error(`${victim.name} does not work without kills: ${stderr}`);
      usual.set(victim, performance.now() - began);
      wanted.set(victim, outputsOf(join(folder, victim.output)));
    }
    return {
      async trial(index) {
        const stream = randomStream(deriveSeed(1, 'kills', index));
        const victim = victims[stream.integer(10) < 8 ? 0 : 1 + stream.integer(2)]!;
        const folder = join(place, `trial-${index}`);
        await mkdir(folder);
        try {
          return await tryVictim(victim, folder, {
            stream,
            usual: usual.get(victim)!,
            wanted: wanted.get(victim)!,
          });
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
      close: () => rm(place, { recursive: true, force: true }),
    };
  },
};

async function tryVictim(
  victim: Victim,
  folder: string,
  {
    stream,
    usual,
    wanted,
  }: { stream: RandomStream; usual: number; wanted: Readonly<Record<string, string>> },
): Promise<Trial> {
  const counts: Record<string, number> = {};
  const faults: string[] = [];
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (let call = 0; call < mostKills; call++) {
    const isHard = stream.integer(4) > 0;
    const { child, ended } = startNormlab(victim.args(folder), folder);
    const hasEnded = ended.then(() => true);
    if (stream.integer(4) === 0) await Promise.race([hasEnded, setTimeout(stream.uniform(0, usual))]);
    else {
      while (
        child.exitCode === null &&
        child.signalCode === null &&
        !existsSync(join(folder, victim.appears))
      ) {
        await setTimeout(5);
      }
      await Promise.race([hasEnded, setTimeout(stream.uniform(0, usual / 2))]);
    }
    const sent = child.kill(
      isHard ? 'SIGKILL' : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[stream.integer(3)]!,
    );
    const end = await ended;
    if (sent && end.status !== 0) count(isHard ? `${victim.name}: kills` : `${victim.name}: stops`);
    faults.push(...brokenJson(folder), ...complaintsOf(end, isHard));
    if (end.status === 0) break;
  }
  const last = await normlab(victim.args(folder), folder);
  count(`${victim.name}: finished`);
  if (last.status !== 0)
    faults.push(`the last call ended with ${last.status ?? last.signal}: ${last.stderr}`);
  faults.push(...differences(wanted, outputsOf(join(folder, victim.output))));
  return { counts, faults: faults.map((fault) => `${victim.name}: ${fault.trim()}`) };
}

/** What is wrong with how a killed or stopped command ended. */
function complaintsOf({ status, signal, stderr }: Ended, isHard: boolean): string[] {
  if (status === 0 || (isHard && signal === 'SIGKILL')) return [];
  // A signal before the command listens for it ends the process as signals do; nothing is written yet.
  const isStopped = signal !== null || [129, 130, 143].includes(status ?? -1);
  return isStopped ? [] : [`ended with ${status}: ${stderr}`];
}
