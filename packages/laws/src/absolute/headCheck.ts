import { buildModel } from '@normlab/models';
import { crossEntropy, lossAndGradients } from '@normlab/train';
import { dispose } from '@tensorflow/tfjs-core';
import { float32Roundoff } from '../bounds/roundoff.js';
import { trackGlobalPool } from '../bounds/trackActivation.js';
import { trackCrossEntropy } from '../bounds/trackCrossEntropy.js';
import { exactly } from '../bounds/tracked.js';
import { trackBias, trackBiasGradient, trackKernelGradient, trackLinear } from '../bounds/trackLinear.js';
import { worst } from '../judge.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against, lossAgainst } from './against.js';
import { dyadicValues } from './dyadicValues.js';

const [batch, size, channels, classes] = [32, 3, 8, 10];

/** Bounds: from the trackers of pool, dense layer and loss. */
export const headCheck: AbsoluteCheck = {
  id: 'absolute-head',
  title: 'z = W·mean x + b, ∂L/∂W = Σ mean x·∂L/∂z, ∂L/∂b = Σ ∂L/∂z',
  statement:
    'A global mean, a dense layer and cross-entropy: loss and gradients of the variables agree with float64.',
  async measure() {
    const draw = dyadicValues(5);
    const images = draw(batch, size, size, channels);
    const kernel = draw(channels, classes);
    const bias = draw(classes);
    const labels = Int32Array.from({ length: batch }, (_, n) => (3 * n) % classes);
    const actual = await readBack(() => {
      const params = { 'head/kernel': toTensor(kernel), 'head/bias': toTensor(bias) };
      const shape = [batch, size, size, channels] as const;
      const data = Float32Array.from(images.data);
      const pass = lossAndGradients(
        model(),
        crossEntropy,
        { params, stats: {} },
        { images: data, labels, shape },
        { seed: 0 },
      );
      dispose([pass.stats, pass.correct]);
      return {
        loss: pass.loss,
        kernel: pass.gradients['head/kernel']!,
        bias: pass.gradients['head/bias']!,
      };
    });

    const u = float32Roundoff;
    const pooled = trackGlobalPool(exactly(images), u);
    const logits = trackBias(trackLinear(pooled, exactly(kernel), {}), exactly(bias), u);
    const { loss, lossError, gradient } = trackCrossEntropy(logits, [...labels], u);
    return worst([
      lossAgainst(actual.loss.data[0]!, loss, lossError),
      against(actual.kernel, trackKernelGradient(pooled, gradient, kernel.shape, {})),
      against(actual.bias, trackBiasGradient(gradient, u)),
    ]);
  },
};

function model() {
  return buildModel({
    name: 'head',
    input: [size, size, channels],
    classes,
    layers: [
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'head', units: classes, bias: true },
    ],
  });
}
