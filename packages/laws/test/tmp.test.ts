import { openBackend } from '@normlab/backends';
import { runSuite } from '@normlab/laws/suite';
import { memory } from '@tensorflow/tfjs-core';
import { it } from 'vitest';

it('x', async () => {
  const b = await openBackend((process.env.B ?? 'wasm') as 'wasm');
  console.log(b.description);
  const t = performance.now();
  for await (const r of runSuite({
    runs: Number(process.env.R ?? 100),
    seed: 1,
    now: () => performance.now(),
  })) {
    console.log(
      'LAW',
      r.id.padEnd(20),
      r.holds,
      r.runs,
      r.largestError.toExponential(2),
      r.bound.toExponential(2),
      r.seconds?.toFixed(2),
      memory().numTensors,
      r.counterexample ? JSON.stringify(r.counterexample) : '',
    );
  }
  console.log('LAW total', (performance.now() - t) / 1000);
  await b.close();
}, 1e9);
