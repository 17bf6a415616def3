import { add, mul } from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { channelsOf, mapRecord } from '../values.js';
import { momentsOf } from './moments.js';

export const folding = defineLaw({
  id: '18',
  title: 'Wu ∗ (γ/s) + β − μγ/s = BN_{γ,β}(Wu) in inference',
  statement: 'Batch norm with running statistics can be folded into the kernel and the bias before it.',
  samples: 'affineImages',
  needs: ['linear', 'batchNormInfer', 'fold'],
  async sides({ linear, batchNormInfer, fold }, sample) {
    const { x: u, epsilon } = sample;
    const outputs = 3;
    const kernel = sample.normal([channelsOf(u.shape), outputs], 'kernel');
    const bias = sample.normal([outputs], 'bias', sample.scale);
    const [affine, statistics] = [sample.affine([outputs]), sample.statistics([outputs])];
    const folded = await fold(kernel, bias, affine, statistics, epsilon);
    return [
      await linear(u, folded.kernel, folded.bias),
      await batchNormInfer(await linear(u, kernel, bias), affine, statistics, epsilon),
    ];
  },
});

export const inferenceByOwnStatistics = defineLaw({
  id: 'inference',
  title: 'infer(x; μ, σ²) = γŷ + β',
  statement: "Inference with a batch's own statistics gives the output of training, for any ε.",
  samples: 'affineBatch',
  needs: ['batchNormInfer', 'batchNorm', 'statistics'],
  sides: async ({ batchNormInfer, batchNorm, statistics }, { x, affine, epsilon }) => [
    await batchNormInfer(x, affine(), await statistics(x), epsilon),
    await batchNorm(x, affine(), epsilon),
  ],
});

export const runningStatistics = defineLaw({
  id: 'running-statistics',
  title: 'v ← d·v + (1 − d)·σ², and the same for the mean',
  statement:
    'A running statistic keeps the fraction d of its value and adds 1 − d of the batch statistic; the variance is biased.',
  samples: 'affineBatch',
  needs: ['moveStatistics'],
  async sides({ moveStatistics }, { x, statistics, decay }) {
    const [before, batch] = [statistics(), momentsOf(x)];
    const after = await moveStatistics(x, before, decay);
    return mapRecord(
      before,
      (old, key): Side => [after[key], add(mul(decay, old), mul(1 - decay, batch[key]))],
    );
  },
});

export const statisticsCarryNoGradient = defineLaw({
  id: 'constant-statistics',
  title: '∂(running statistics)/∂x = 0',
  statement: 'The running statistics carry no gradient.',
  samples: 'affineBatch',
  needs: ['statisticsGradient'],
  sides: async ({ statisticsGradient }, { x, statistics, decay }) => [
    await statisticsGradient(x, statistics(), decay),
    0,
  ],
});
