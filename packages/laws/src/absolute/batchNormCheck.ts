import { batchNormReluTrain, batchNormTrain } from '@normlab/ops';
import { grads, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { float32Roundoff } from '../bounds/roundoff.js';
import { trackRelu, trackReluGradient } from '../bounds/trackActivation.js';
import { trackAffine, trackScaled, trackScaleGradient } from '../bounds/trackAffine.js';
import { exactly } from '../bounds/tracked.js';
import { trackBiasGradient } from '../bounds/trackLinear.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import { trackMoved } from '../bounds/trackUpdates.js';
import { type Verdict, worst } from '../judge.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against } from './against.js';
import { dyadicValues } from './dyadicValues.js';

const shapes: readonly (readonly number[])[] = [
  [3, 4, 4, 5],
  [4, 3, 3, 8],
  [24, 3],
];
const epsilon = 1e-3;
const decay = 0.75;

/**
 * Bounds: from the trackers of each part. Where γŷ + β is within its error of 0, both values of ReLU's gradient count.
 */
export const batchNormCheck: AbsoluteCheck = {
  id: 'absolute-batch-norm',
  title: 'y = γ·(x − μ)/√(σ² + ε) + β, dγ = Σδŷ, dβ = Σδ, moved = decay·old + (1 − decay)·batch',
  statement:
    'Batch norm with gain and bias, with and without a ReLU after it: outputs, all gradients and running statistics agree with float64.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const shape of shapes) {
      verdicts.push(await judge(shape, batchNormTrain), await judge(shape, batchNormReluTrain));
    }
    return worst(verdicts);
  },
};

async function judge(
  shape: readonly number[],
  operation: typeof batchNormTrain | typeof batchNormReluTrain,
): Promise<Verdict> {
  const channels = shape[shape.length - 1]!;
  const draw = dyadicValues(shape.length + channels);
  const [x, dy] = [draw(...shape), draw(...shape)];
  const [scale, offset, oldMean, oldVariance] = [1, 2, 3, 4].map(() => draw(channels));
  oldVariance!.data.forEach((each, i) => {
    oldVariance!.data[i] = 2 + each;
  });
  const actual = await readBack(() => {
    const stats = { mean: toTensor(oldMean!) as Tensor1D, variance: toTensor(oldVariance!) as Tensor1D };
    const run = (input: Tensor, gain: Tensor, bias: Tensor) =>
      operation(input, { scale: gain as Tensor1D, offset: bias as Tensor1D }, stats, { epsilon, decay });
    const inputs = [toTensor(x), toTensor(scale!), toTensor(offset!)] as const;
    const [dx, dScale, dOffset] = grads((...each: Tensor[]): Tensor => run(each[0]!, each[1]!, each[2]!).y)(
      [...inputs],
      toTensor(dy),
    );
    const { y, stats: moved } = run(...inputs);
    return { y, mean: moved.mean, variance: moved.variance, dx: dx!, dScale: dScale!, dOffset: dOffset! };
  });

  const u = float32Roundoff;
  const norm = trackStandardize(exactly(x), epsilon, u);
  const affine = trackAffine(norm.y, exactly(scale!), exactly(offset!), u);
  const isRelu = operation === batchNormReluTrain;
  const slope = isRelu ? trackReluGradient(affine, exactly(dy)) : exactly(dy);
  return worst([
    against(actual.y, isRelu ? trackRelu(affine) : affine),
    against(actual.mean, trackMoved(exactly(oldMean!), norm.mean, decay, u)),
    against(actual.variance, trackMoved(exactly(oldVariance!), norm.variance, decay, u)),
    against(actual.dx, trackStandardizeGradient(trackScaled(slope, exactly(scale!), u), norm, u)),
    against(actual.dScale, trackScaleGradient(slope, norm.y, channels, u)),
    against(actual.dOffset, trackBiasGradient(slope, u)),
  ]);
}
