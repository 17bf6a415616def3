import { gamma, float32Roundoff as u } from '../bounds/roundoff.js';
import { largest, trackedBy } from '../bounds/tracked.js';
import { type Verdict, worst } from '../judge.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against } from './against.js';
import { dyadicValues } from './dyadicValues.js';
import { throughLayer } from './throughLayer.js';

const shapes: readonly (readonly number[])[] = [
  [3, 5, 3, 5],
  [2, 4, 4, 8],
];

/** Bounds: y and dx are one product each; the gradient of a slope is a sum of m products in any order: γₘ. */
export const preluCheck: AbsoluteCheck = {
  id: 'absolute-prelu',
  title: 'y = max(0, x) + a·min(0, x), dx = δ·(x > 0 ? 1 : a), da = Σ δ·min(0, x)',
  statement: 'PReLU and its gradients with respect to input and slopes agree with float64.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const shape of shapes) verdicts.push(await judge(shape));
    return worst(verdicts);
  },
};

async function judge(shape: readonly number[]): Promise<Verdict> {
  const channels = shape[3]!;
  const draw = dyadicValues(channels);
  const [x, dy, slope] = [draw(...shape), draw(...shape), draw(channels)];
  // At 0, both values of the gradient are correct.
  x.data.forEach((each, i) => {
    x.data[i] = each + 1 / 128;
  });
  const layer = { type: 'activation', name: 'prelu', kind: 'prelu' } as const;
  const actual = await throughLayer(layer, x, { slope }, dy);

  const factor = (i: number) => (x.data[i]! > 0 ? 1 : slope.data[i % channels]!);
  const product = (of: ArrayLike<number>) =>
    trackedBy(
      shape,
      (i) => factor(i) * of[i]!,
      (i) => u * Math.abs(factor(i) * of[i]!),
    );
  const [value, reach] = [new Float64Array(channels), new Float64Array(channels)];
  x.data.forEach((each, i) => {
    const term = Math.min(0, each) * dy.data[i]!;
    value[i % channels]! += term;
    reach[i % channels]! += Math.abs(term);
  });
  const error = reach.map((each) => gamma(x.data.length / channels, u) * each);
  return worst([
    against(actual.y, product(x.data)),
    against(actual.dx, product(dy.data)),
    against(actual.gradients.slope!, { shape: [channels], value, error, size: largest(reach) }),
  ]);
}
