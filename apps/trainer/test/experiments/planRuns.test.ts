import { parseExperiment } from '@normlab/experiments';
import { expect, it } from 'vitest';
import { planRuns } from '../../src/experiments/planRuns.js';

const base = { title: 'Lengths', arms: { norm: ['bn', 'none'] }, seeds: 1, reference: { norm: 'bn' } };

it('an arm’s length replaces that of the experiment, in epochs or steps', async () => {
  const lengths = async (more: object) => {
    const runs = await planRuns('lengths', parseExperiment({ ...base, ...more }), {});
    return runs.map(({ settings: { epochs, steps } }) => ({ epochs, steps }));
  };
  const epochs = { settings: { epochs: 3 } };
  const forNone = (settings: object) => ({ when: [{ arm: { norm: 'none' }, settings }] });
  expect(await lengths({ ...epochs, ...forNone({ steps: 5 }) })).toEqual([{ epochs: 3 }, { steps: 5 }]);
  expect(await lengths({ settings: { steps: 5 }, ...forNone({ epochs: 3 }) })).toEqual([
    { steps: 5 },
    { epochs: 3 },
  ]);
  const both = { settings: { steps: 5, epochs: 3 } };
  // Also where each arm has its own length.
  for (const faulty of [both, { ...both, arms: { ...base.arms, steps: [5, 6] } }]) {
    await expect(lengths(faulty)).rejects.toThrow(
      'experiment lengths: steps must be given without epochs, which it replaces.',
    );
  }
});

it('refuses a setting of the machine that the arms have', async () => {
  const experiment = parseExperiment({ ...base, arms: { ...base.arms, backend: ['wasm', 'cpu'] } });
  await expect(planRuns('two', experiment, { backend: 'cpu' })).rejects.toThrow(
    'normlab compare: --backend must be left out, as the arms of the experiment have it, got "cpu".',
  );
  expect(await planRuns('two', experiment, {})).toHaveLength(4);
});
