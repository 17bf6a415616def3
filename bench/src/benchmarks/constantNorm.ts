import type { StepTimes } from '@normlab/experiments';
import { writeWhole } from '@normlab/files';
import { interleave, type Timing } from '../interleave.js';
import { oneLineMachine } from '../machine.js';
import type { Row } from '../row.js';
import type { StepWorkload } from '../workload.js';
import { type Benchmark, compareTimings, threadsText } from './benchmark.js';

/** The paper's networks, at sizes whose steps take less than a second on one core. */
const sizes = [
  { network: 'all-cnn', width: 1, batch: 32 },
  { network: 'all-cnn', width: 0.25, batch: 32 },
  { network: 'nin', width: 0.5, batch: 32 },
  { network: 'resnet-29', width: 0.25, batch: 16 },
  { network: 'resnet-101', width: 0.125, batch: 8 },
] as const;

const placements = ['bn', 'cbn-all', 'cbn-lconv-nobn'] as const;

const timesFile = 'step-times.json';

/**
 * Section 4.4 and Figure 7 of the paper: a step with batch norm and with constant batch norm, in turns in one process, on
 * one thread, on the same kernels.
 *
 * @param folder gets `step-times.json`, with the times of all rounds, which `normlab report` reads
 */
export function constantNorm(folder: string | undefined): Benchmark {
  return async ({ peers, ...options }) => {
    const peer = peers.ours.get(1)!;
    const networks: StepTimes['networks'] = [];
    const rows: Row[] = [];
    for (const size of sizes) {
      const name = nameOf(size);
      const cases = placements.map((norm) => {
        return { peer, workload: { kind: 'step', norm, ...size } satisfies StepWorkload };
      });
      const timings = await interleave(cases, options);
      networks.push({ name, seconds: secondsOf(timings) });
      const [bn, ...others] = timings;
      const shown = { unit: 'ms', figure: (seconds: number) => 1000 * seconds };
      others.forEach((timing, index) => {
        const rowName = `${name}, ${placements[index + 1]}, ${threadsText(1)}`;
        rows.push(...compareTimings(rowName, timing, [{ peerName: 'bn', timing: bn! }], shown));
      });
    }
    if (folder !== undefined) {
      const times: StepTimes = {
        format: 'normlab-step-times-1',
        date: new Date().toISOString().slice(0, 10),
        machine: oneLineMachine(),
        node: process.versions.node,
        backend: peer.description,
        networks,
      };
      const content = `${JSON.stringify(times, null, 1)}\n`;
      await writeWhole(folder, [{ name: timesFile, content }], { survives: 'kill' });
    }
    return [{ title: 'Constant batch norm beside batch norm', rows }];
  };
}

function nameOf({ network, width, batch }: (typeof sizes)[number]): string {
  return `${network}, width ${width}, batch ${batch}`;
}

function secondsOf(timings: readonly Timing[]): Record<string, number[]> {
  return Object.fromEntries(
    timings.map((timing, index) => {
      if ('error' in timing) throw new Error(`${placements[index]}: ${timing.error}`);
      return [placements[index]!, timing.samples.map((seconds) => Number(seconds.toPrecision(6)))];
    }),
  );
}
