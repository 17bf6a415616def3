import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Campaign, Trial } from './campaign.js';
import type { Ended } from './command.js';
import { compileLibrary } from './compileLibrary.js';
import { type FaultyProcess, openFaultyProcess } from './faultyProcess.js';
import { type Call, type Fault, faultNames } from './injection.js';
import { brokenJson, differences, outputsOf } from './outputs.js';
import { inFolder, makeScenarios, removeLocks, type Scenario } from './scenarios.js';

type Case = {
  readonly scenario: Scenario;
  readonly number: number;
  readonly call: Call;
  readonly fault: Fault;
};

/**
 * Fails system calls of each command, the first and the last of each kind on each kind of file, one by one: with ENOSPC, EIO and EACCES, with a disk that stays full, with
 * half a read or write, with a kill. The command must say what happened, or end as if nothing had; called again it must
 * leave what it leaves without faults, byte for byte.
 */
export const systemCalls: Campaign = {
  about:
    'of each command, the first and the last system call of each kind on each kind of file: failed, cut short, or the last before a kill; then the command called again',
  short: 20,
  async open() {
    const place = await mkdtemp(join(tmpdir(), 'normlab-calls-'));
    const compiled = compileLibrary(place);
    if (typeof compiled === 'string') {
      await rm(place, { recursive: true });
      return compiled;
    }
    const process = openFaultyProcess(compiled.library, join(place, 'log'));
    const folder = join(place, 'work');
    const cases: Case[] = [];
    const wanted = new Map<Scenario, Record<string, string>>();
    for (const scenario of await makeScenarios(place, process)) {
      await mkdir(folder);
      await scenario.prepare(folder);
      const { status, stderr, calls } = await process.run(inFolder(scenario.args, folder), { folder });
      if (status !== 0) throw new Error(`${scenario.name} does not work without faults: ${stderr}`);
      wanted.set(scenario, outputsOf(folder));
      await rm(folder, { recursive: true });
      cases.push(...casesOf(scenario, calls));
    }
    const stride = coprimeStride(cases.length);
    return {
      total: cases.length,
      // Neighbouring trials are of different commands, so that a short run is a sample of all.
      trial: async (index) => {
        const chosen = cases[(index * stride) % cases.length]!;
        await mkdir(folder);
        try {
          return await tryCase(chosen, { process, folder, wanted: wanted.get(chosen.scenario)! });
        } finally {
          await rm(folder, { recursive: true });
        }
      },
      close: async () => {
        process.close();
        await rm(place, { recursive: true, force: true });
      },
    };
  },
};

/** The first and the last call of each function on each file, or kind of file, with every fault that can happen to it. */
function casesOf(scenario: Scenario, calls: readonly Call[]): Case[] {
  const groups = new Map<string, Pick<Case, 'number' | 'call'>[]>();
  for (const [index, call] of calls.entries()) {
    const key = `${call.name} ${kindOf(call.path)}`;
    groups.set(key, [...(groups.get(key) ?? []), { number: index + 1, call }]);
  }
  return [...groups.values()]
    .flatMap((group) => [...new Set([group[0]!, group.at(-1)!])])
    .flatMap((each) =>
      faultNames
        .filter((fault) => canHappen(fault, each.call))
        .map((fault) => ({ scenario, fault, ...each })),
    );
}

/** A path without the parts that differ from run to run, or from one file to the next of its kind. */
function kindOf(path: string): string {
  return path
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'uuid')
    .replace(/tfevents\..*/, 'tfevents')
    .replace(/(class-|data_batch_)\d/, '$1n')
    .replace(/(cbn-all|bn)-seed1/, 'arm');
}

function canHappen(fault: Fault, { name }: Call): boolean {
  if (fault === 'short') return name === 'read' || name === 'write';
  const changes = ['write', 'open', 'mkdir', 'rename', 'link', 'unlink', 'rmdir', 'ftruncate', 'fsync'];
  return fault === 'kill' || fault === 'full' ? changes.includes(name) : true;
}

function coprimeStride(total: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b));
  let stride = Math.max(1, Math.floor(0.618 * total));
  while (divides(stride, total) !== 1) stride++;
  return stride;
}

async function tryCase(
  { scenario, number, call: planned, fault }: Case,
  {
    process,
    folder,
    wanted,
  }: { process: FaultyProcess; folder: string; wanted: Readonly<Record<string, string>> },
): Promise<Trial> {
  await scenario.prepare(folder);
  const failing = { number, fault };
  const { calls, ...end } = await process.run(inFolder(scenario.args, folder), { folder, failing });
  // Calls of several threads come in another order each time.
  const call = calls[number - 1] ?? planned;
  if (fault === 'kill' || call.name === 'unlink') removeLocks(folder);
  const faults = [...complaintsOf(end, call, fault, folder), ...brokenJson(folder)];
  let isDone = end.status === 0;
  for (const again of scenario.again) {
    if (isDone) break;
    const { status, stderr } = await process.run(inFolder(again, folder));
    isDone = status === 0;
    if (again === scenario.again.at(-1) && !isDone) faults.push(`called again: ${status} ${stderr}`);
  }
  // What could not be removed stays.
  const leftOver =
    ['kill', 'full'].includes(fault) || ['unlink', 'rmdir', 'scandir', 'stat'].includes(call.name);
  const found = outputsOf(folder);
  for (const name of Object.keys(found)) {
    if (leftOver && name.includes('.partial')) delete found[name];
  }
  faults.push(...differences(wanted, found));
  const title = `${scenario.name}, ${fault} in ${call.name} of ${call.path.slice(folder.length)} (call ${number})`;
  const outcome = end.status === 0 ? 'carried on' : fault === 'kill' ? 'killed' : 'refused';
  return {
    counts: { [scenario.name]: 1, [fault]: 1, [outcome]: 1 },
    faults: faults.map((each) => `${title}: ${each.trim().replaceAll(folder, '')}`),
  };
}

/** What the error that a user reads must say for each error number. */
const plainWords: Readonly<Record<string, RegExp>> = {
  ENOSPC: /the disk is full/,
  EIO: /the disk or the network/,
  EACCES: /permission is missing/,
};

/** What is wrong with how a command ended whose system call failed. */
function complaintsOf(
  { status, signal, stdout, stderr }: Ended,
  { path }: Call,
  fault: Fault,
  folder: string,
): string[] {
  if (status === null) return [`ended by ${signal}: ${stderr}`];
  if (fault === 'kill') return [];
  const hasStack = /\n {4}at /.test(stdout + stderr) ? ['prints a stack'] : [];
  if (status === 0) return hasStack;
  if (fault === 'short') return [`half a read or write is an error: ${stderr}`];
  const message = stderr.trimEnd().split('\n').at(-1) ?? '';
  const code = fault === 'full' ? 'ENOSPC' : fault;
  const file = path.replace(/(\.[0-9a-f-]{36})?(\.partial)?$/, '');
  // On a full disk later calls fail too; a folder that is renamed at the end has another name before.
  const names = fault === 'full' || path.includes('.partial/') ? [folder] : [file, dirname(file)];
  return [
    ...hasStack,
    ...(status === 1 ? [] : [`ends with ${status}`]),
    ...(/^.+: .+ must .+\.$/.test(message) && !message.includes('(unexpected') ? [] : ['is not of our form']),
    ...(message.includes(code) ? [] : [`hides ${code}`]),
    ...(plainWords[code]!.test(message) ? [] : ['gives no plain reason']),
    ...(names.some((name) => message.includes(name)) ? [] : ['names no file']),
  ].map((each) => `${each}: ${message}`);
}
