import { div, gather, known, mul } from '../judged.js';
import { defineLaw } from '../law.js';
import { constantValues } from '../samples/batchSample.js';
import type { Nonlinearity } from '../subject.js';
import { channelsOf } from '../values.js';

/** Law 15 for one f; it holds where f(γx) = γf(x) for γ > 0. */
export function gainAbsorption(f: Nonlinearity) {
  return defineLaw({
    id: `15-${f}`,
    title: `f(γŷ + β)∗W = f(ŷ + β/γ)∗(γW), f = ${f}`,
    statement:
      'A positive gain before a positively homogeneous f can move into the next weights: relu, prelu, max pool. False for tanh.',
    samples: 'affineImages',
    needs: ['activatedLayer'],
    async sides({ activatedLayer }, { x, affine, normal, epsilon }) {
      const outputs = 2;
      const channels = channelsOf(x.shape);
      const kernel = normal([channels, outputs], 'kernel');
      const { scale, offset } = affine([channels], { positive: true });
      const gains = gather(scale, kernel.shape, (i) => Math.floor(i / outputs));
      const moved = { scale: known(constantValues([channels], 1)), offset: div(offset, scale) };
      return [
        await activatedLayer(x, { scale, offset }, f, kernel, epsilon),
        await activatedLayer(x, moved, f, mul(gains, kernel), epsilon),
      ];
    },
  });
}
