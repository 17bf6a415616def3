import { describe, expect, it } from 'vitest';
import { webgpuStep } from '../src/benchmarks/webgpuStep.js';
import type { WebgpuPeers } from '../src/peers/openWebgpuPeers.js';
import type { Peer } from '../src/peers/peerProcess.js';
import type { Workload } from '../src/workload.js';

const options = { runs: 2, seconds: 0.01 };

describe('webgpuStep', () => {
  it('in software: a narrow step of four images, and a row that says why PyTorch is missing', async () => {
    const asked = new Set<string>();
    const [ours, stock] = [peer('normlab webgpu', 0.5, asked), peer('tfjs webgpu', 2, asked)];
    const pytorch = { missing: 'skipped: PyTorch finds no CUDA here' };
    const peers: WebgpuPeers = { ours, stock, pytorch, software: true, all: [ours, stock] };
    const [section] = await webgpuStep(peers, options);
    expect(section!.rows).toMatchObject([
      { ours: 8, peer: 2, peerName: 'tfjs webgpu', ratio: 4, unit: 'images/s', n: 2 },
      { ours: 8, peer: null, peerName: 'PyTorch cuda', note: pytorch.missing },
      { ours: 10, peer: 8, peerName: 'normlab webgpu, batch norm', ratio: 1.25, unit: 'images/s', n: 2 },
      { ours: 10, peer: null, peerName: 'PyTorch cuda', note: pytorch.missing },
    ]);
    expect([...asked]).toEqual([
      'normlab webgpu: bn, width 0.25, batch 4',
      'tfjs webgpu: bn, width 0.25, batch 4',
      'normlab webgpu: cbn-lconv-nobn, width 0.25, batch 4',
    ]);
  });

  it('on a GPU: batches of 128, at full width too, compared with PyTorch in both layouts', async () => {
    const asked = new Set<string>();
    const [ours, stock] = [peer('normlab webgpu', 0.1, asked), peer('tfjs webgpu', 0.4, asked)];
    const pytorch = ['channels-last', 'contiguous'].map((layout) =>
      peer(`PyTorch cuda ${layout}`, 0.05, asked),
    );
    const peers: WebgpuPeers = { ours, stock, pytorch, software: false, all: [ours, stock, ...pytorch] };
    const [section] = await webgpuStep(peers, options);
    const rows = section!.rows.filter(({ name }) => name === 'ALL-CNN at width 1, batch 128');
    expect(rows.map(({ peerName, ratio }) => [peerName, ratio])).toEqual([
      ['tfjs webgpu', 4],
      ['PyTorch cuda channels-last', 0.5],
      ['PyTorch cuda contiguous', 0.5],
    ]);
    expect(rows[0]!.ours).toBeCloseTo(1280);
    // Stock tfjs cannot train a batch norm without gain and bias.
    expect(asked).toContain('PyTorch cuda contiguous: cbn-lconv-nobn, width 1, batch 128');
    expect(asked).not.toContain('tfjs webgpu: cbn-lconv-nobn, width 1, batch 128');
  });
});

/** A peer that takes `seconds` for every step, with constant batch norm four fifths of that, and records its requests. */
function peer(name: string, seconds: number, asked: Set<string>): Peer {
  return {
    name,
    threads: 1,
    description: name,
    time: async (workload: Workload, repeats) => {
      if (workload.kind !== 'step') throw new Error(`asked for ${workload.kind}`);
      asked.add(`${name}: ${workload.norm}, width ${workload.width}, batch ${workload.batch}`);
      return { seconds: seconds * (workload.norm === 'bn' ? 1 : 0.8) * repeats };
    },
    forget: async () => {},
    close: async () => {},
  };
}
