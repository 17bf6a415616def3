import { type Case, interleave } from '../interleave.js';
import { openPagePeers } from '../page/openPagePeers.js';
import { missingRow } from '../row.js';
import type { StepWorkload } from '../workload.js';
import { type Benchmark, compareTimings, labelOf } from './benchmark.js';

const workload: StepWorkload = { kind: 'step', width: 0.25, batch: 32, norm: 'bn' };

/**
 * Steps per second in a web page and in its worker, compared with Node's with the same number of threads; ratio = page
 * / Node.
 */
export const pageStep: Benchmark = async ({ peers: { ours }, threadCounts, ...options }) => {
  const title = 'Training steps in a web page';
  const name = `step, batch ${workload.batch}, width ${workload.width}`;
  const shown = { unit: 'steps/s', figure: (seconds: number) => 1 / seconds };
  const opened = await openPagePeers(threadCounts);
  if ('missing' in opened) {
    const row = { name, ours: null, peerName: 'Node', unit: shown.unit, n: 0 };
    return [{ title, rows: [missingRow(row, `skipped: ${opened.missing}`)] }];
  }
  try {
    const inNode = threadCounts.map((threads) => ours.get(threads)!);
    const cases: Case[] = [...opened.peers, ...inNode].map((peer) => ({ peer, workload }));
    const timings = await interleave(cases, options);
    const timingOf = (peer: Case['peer']) => timings[cases.findIndex((each) => each.peer === peer)]!;
    const rows = opened.peers.flatMap((peer) => {
      const node = ours.get(peer.threads)!;
      const other = { peerName: `Node, ${labelOf(node)}`, timing: timingOf(node) };
      return compareTimings(`${name}, ${labelOf(peer)}`, timingOf(peer), [other], shown);
    });
    return [{ title, rows }];
  } finally {
    await opened.close();
  }
};
