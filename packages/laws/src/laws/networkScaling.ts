import { add, gather, type Judged, known, mul, sized, sub } from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { convolutionPath, type Network } from '../network.js';
import type { LabelledBatch } from '../subject.js';
import { mapRecord, pick, type Variables } from '../values.js';

/** The step of the differences in law 8, which are exact for every step. */
const h = 1 / 8;

export const lossIgnoresScale = defineLaw({
  id: '8-loss',
  title: 'L(aW) = L(W)',
  statement: 'The training loss of a network ignores the scale a > 0 of its normalized kernels, at ε = 0.',
  samples: 'network',
  needs: ['lossAndGradients'],
  sides: async ({ lossAndGradients }, { network, params, batch, a }) => [
    (await lossAndGradients(network, scaledKernels(network, params, a), batch())).loss,
    (await lossAndGradients(network, params, batch())).loss,
  ],
});

export const networkGradientScaling = defineLaw({
  id: '8-gradient',
  title: '∇L(aW) = ∇L(W)/a',
  statement:
    'The gradients of normalized kernels change by 1/a, those of all other variables do not change, a > 0, at ε = 0.',
  samples: 'network',
  needs: ['lossAndGradients'],
  async sides({ lossAndGradients }, { network, params, batch, a }) {
    const scaled = await lossAndGradients(network, scaledKernels(network, params, a), batch());
    const plain = await lossAndGradients(network, params, batch());
    const expected = scaledKernels(network, plain.gradients, 1 / a);
    return mapRecord(scaled.gradients, (gradient, path): Side => [gradient, expected[path]!]);
  },
});

/** Law 8 along W itself: with ∇(cW) = ∇/c, (∇((1 + h)W) − ∇(W))/h = −∇(W)/(1 + h) for every h. */
export const hessianAlongWeights = defineLaw({
  id: '8-hessian',
  title: 'H·W = −∇L',
  statement:
    'Along the weights, the gradient changes only in length: Euler’s identity for degree −1, at ε = 0.',
  samples: 'network',
  needs: ['lossAndGradients'],
  async sides({ lossAndGradients }, { network, params, batch }) {
    const further = await lossAndGradients(network, scaledKernels(network, params, 1 + h), batch());
    const here = await lossAndGradients(network, params, batch());
    return mapRecord(pick(here.gradients, normalizedPaths(network)), (gradient, path): Side => {
      const along = mul((1 + h) / h, sub(further.gradients[path]!, gradient));
      return [sized(along, gradient.size), mul(-1, gradient)];
    });
  },
});

/** Law 8 in another direction V: (∇(aW + haV) − ∇(aW))/(ha) = a⁻²·(∇(W + hV) − ∇(W))/h for every h. */
export const hessianScaling = defineLaw({
  id: '8-curvature',
  title: '∇²L(aW) = ∇²L(W)/a²',
  statement: 'The curvature in normalized kernels changes by 1/a², a > 0, at ε = 0.',
  samples: 'network',
  needs: ['lossAndGradients'],
  async sides({ lossAndGradients }, { network, params, direction, batch, a }) {
    const paths = normalizedPaths(network);
    // W + hV rounded to float32, so that a·(W + hV) is its multiple except for one more rounding.
    const further = mapRecord(params, (w, path) =>
      paths.includes(path) ? inSingle(add(w, mul(h, direction[path]!))) : w,
    );
    const at = async (point: Variables<Judged>, by: number) =>
      (await lossAndGradients(network, scaledKernels(network, point, by), batch())).gradients;
    const [g0, g1, g2, g3] = [
      await at(further, a),
      await at(params, a),
      await at(further, 1),
      await at(params, 1),
    ];
    return mapRecord(pick(g0, paths), (_, path): Side => {
      const curvature = mul(1 / (h * a), sub(g0[path]!, g1[path]!));
      const factor = 1 / (h * a * a);
      return [sized(curvature, factor * g3[path]!.size), mul(factor, sub(g2[path]!, g3[path]!))];
    });
  },
});

/** Law 16 for a network. */
export const duplicatedBatch = defineLaw({
  id: '16-duplicate',
  title: 'L(x, x) = L(x), ∇L(x, x) = ∇L(x)',
  statement: 'A batch that contains every image twice has the same loss and the same gradients.',
  samples: 'network',
  needs: ['lossAndGradients'],
  async sides({ lossAndGradients }, { network, params, batch }) {
    const twice = await lossAndGradients(network, params, doubled(batch()));
    const once = await lossAndGradients(network, params, batch());
    return {
      loss: [twice.loss, once.loss],
      ...mapRecord(twice.gradients, (gradient, path): Side => [gradient, once.gradients[path]!]),
    };
  },
});

export const inputScale = defineLaw({
  id: '17',
  title: 'logits(a·x) = logits(x)',
  statement:
    'A network whose first convolution has no bias and is normalized ignores a global scale a > 0 of its input, at ε = 0.',
  samples: 'network',
  needs: ['logits'],
  sides: async ({ logits }, { network, params, batch, a }) => [
    await logits(network, params, mul(a, batch().images)),
    await logits(network, params, batch().images),
  ],
});

/** The paths of a network's normalized kernels. */
export function normalizedPaths(network: Network): readonly string[] {
  return network.channels.map((_, index) => convolutionPath(index));
}

/** Variables whose normalized kernels are multiplied by a. */
export function scaledKernels(network: Network, params: Variables<Judged>, a: number): Variables<Judged> {
  const paths = normalizedPaths(network);
  return mapRecord(params, (each, path) => (paths.includes(path) ? mul(a, each) : each));
}

function inSingle({ value, shape }: Judged): Judged {
  return known({ data: Float32Array.from(value), shape });
}

function doubled({ images, labels }: LabelledBatch<Judged>): LabelledBatch<Judged> {
  const [batch, ...image] = images.shape;
  return {
    images: gather(images, [2 * batch!, ...image], (i) => i % images.value.length),
    labels: [...labels, ...labels],
  };
}
