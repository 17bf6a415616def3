import { add, div, type Judged, mul } from '../judged.js';
import { defineLaw, type LawOperations, type Side } from '../law.js';
import type { Drawn } from '../samples/samples.js';

/** Law 2, through a dense or convolutional layer. */
export const gradientScaling = defineLaw({
  id: '2',
  title: '∂L/∂(aW) = (1/|a|)·∂L/∂W and ∂L/∂u picks up sgn(a)',
  statement:
    'Larger weights get smaller gradients, for any a ≠ 0, with ε/a² on the right. The paper writes 1/a, which holds for a > 0 only.',
  samples: 'layer',
  needs: ['normalizedLayerGradient'],
  sides: (operations, sample) =>
    gradientsBesideScaled(operations, sample, mul(Math.abs(sample.a), sample.bias)),
});

/** The gradients of a normalized layer with the weights aW and biases b at ε, beside those with W and 0 at ε/a². */
export async function gradientsBesideScaled(
  { normalizedLayerGradient }: LawOperations<'normalizedLayerGradient'>,
  { u, kernel, zero, dy, a, epsilon }: Drawn['layer'],
  b: Judged,
): Promise<Readonly<Record<string, Side>>> {
  const scaled = await normalizedLayerGradient(u, mul(a, kernel), b, dy, epsilon);
  const plain = await normalizedLayerGradient(u, kernel, zero, dy, epsilon / (a * a));
  return {
    '∂L/∂W': [scaled.kernel, div(plain.kernel, Math.abs(a))],
    '∂L/∂u': [scaled.u, mul(Math.sign(a), plain.u)],
  };
}

/** Law 2 for the normalization itself. */
export const gradientScalingBatch = defineLaw({
  id: '2-batch',
  title: '∂L/∂(a·x + b) = (1/|a|)·∂L/∂x',
  statement: 'The gradient of standardization at a·x + b with ε is that at x with ε/a², divided by |a|.',
  samples: 'scaledBatch',
  needs: ['standardizeGradient'],
  sides: async ({ standardizeGradient }, { x, dy, a, shift, epsilon }) => [
    await standardizeGradient(add(mul(a, x), Math.abs(a) * shift), dy, epsilon),
    div(await standardizeGradient(x, dy, epsilon / (a * a)), Math.abs(a)),
  ],
});
