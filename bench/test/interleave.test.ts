import { describe, expect, it } from 'vitest';
import { interleave } from '../src/interleave.js';
import { CannotRun, type Peer } from '../src/peers/peerProcess.js';

describe('interleave', () => {
  it('warms up, then alternates A B A B, and takes medians per repeat', async () => {
    const asked: string[] = [];
    const a = peer('A', asked, [9, 1.5, 0.2, 0.6]);
    // 2 / 0.5 repeats warm it up, and take 0.25 each.
    const b = peer('B', asked, [9, 0.5, 1, 0.4, 0.8]);
    const timings = await interleave([each(a), each(b)], { runs: 2, seconds: 0.5 });
    expect(asked.slice(0, 5)).toEqual(['A×1', 'A×1', 'B×1', 'B×1', 'B×4']);
    expect(asked.slice(5)).toEqual(['A×1', 'B×2', 'A×1', 'B×2', 'A forgets', 'B forgets']);
    // B: (0.4 / 2 + 0.8 / 2) / 2
    expect(timings).toMatchObject([
      { seconds: 0.4, least: 0.2, n: 2 },
      { seconds: 0.30000000000000004, least: 0.2, n: 2 },
    ]);
  });

  it('runs a case that takes seconds only three times', async () => {
    const [timing] = await interleave([each(peer('A', [], [2, 2, 2, 2, 2]))], { runs: 7, seconds: 0.1 });
    expect(timing).toMatchObject({ seconds: 2, n: 3 });
  });

  it('says why a peer cannot run, and continues with the others', async () => {
    const b = peer('B', [], [0.1, 0.1, 2, 0.1]);
    const timings = await interleave([each(peer('A', [], [])), each(b)], { runs: 1, seconds: 0.1 });
    expect(timings).toMatchObject([{ error: 'no kernel' }, { seconds: 0.1, n: 1 }]);
  });
});

function each(of: Peer) {
  return { peer: of, workload: { kind: 'matmul', size: 1 } } as const;
}

/** A peer that takes these seconds in turn, and records its requests. */
function peer(name: string, asked: string[], seconds: number[]): Peer {
  return {
    name,
    threads: 1,
    description: name,
    time: async (_, repeats) => {
      asked.push(`${name}×${repeats}`);
      const next = seconds.shift();
      if (next === undefined) throw new CannotRun('no kernel');
      return { seconds: next };
    },
    forget: async () => {
      asked.push(`${name} forgets`);
    },
    close: async () => {},
  };
}

it('warms a short workload up no more than 300 times', async () => {
  const asked: string[] = [];
  await interleave([each(peer('A', asked, [1, 0.001, 0.3, 0.1]))], { runs: 1, seconds: 0.1 });
  expect(asked).toEqual(['A×1', 'A×1', 'A×300', 'A×100', 'A forgets']);
});
