import { compare, worst } from '../bounds/compare.js';
import { exactly, rounded, type Tracked } from '../bounds/tracked.js';
import { trackNetwork } from '../bounds/trackNetwork.js';
import type { Law } from '../law.js';
import { convolutionPath, type Network } from '../network.js';
import { roundoffOf } from '../roundoffOf.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { LabelledBatch, NetworkSubject } from '../subject.js';
import type { Values } from '../values.js';
import type { Variables } from '../variables.js';

/** Law 8. Bound: the errors of both losses; `trackNetwork`. */
export const lossIgnoresScale: Law<NetworkSubject, 'network'> = {
  id: '8-loss',
  title: 'L(aW) = L(W)',
  statement: 'The training loss of a network ignores the scale a > 0 of its normalized kernels, at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const [one, other] = await Promise.all([
      at(subject, sample.network, paramsOf(sample), labelledBatchOf(sample), sample.a),
      at(subject, sample.network, paramsOf(sample), labelledBatchOf(sample), 1),
    ]);
    return compare(
      [one.actual.loss],
      [other.actual.loss],
      [one.tracked.lossError + other.tracked.lossError],
      other.tracked.loss,
    );
  },
};

/** Law 8. Bound: the errors of both gradients; `trackNetwork`. */
export const networkGradientScaling: Law<NetworkSubject, 'network'> = {
  id: '8-gradient',
  title: '∇L(aW) = ∇L(W)/a',
  statement:
    'The gradients of normalized kernels fall as 1/a, those of all other variables stay, a > 0, at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const { network, a } = sample;
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const one = await at(subject, network, params, batch, a);
    const other = await at(subject, network, params, batch, 1);
    return worst(
      Object.keys(params).map((path) => {
        const factor = isNormalized(network, path) ? 1 / a : 1;
        const { error, size } = one.tracked.gradients[path]!;
        return compare(
          one.actual.gradients[path]!.data,
          Float64Array.from(other.actual.gradients[path]!.data, (g) => g * factor),
          error.map((each, i) => each + other.tracked.gradients[path]!.error[i]! * factor),
          size,
        );
      }),
    );
  },
};

/**
 * Law 8, the Hessian by a difference along W itself, which is exact: with ∇(cW) = ∇/c,
 * (∇((1 + h)W) − ∇(W))/h = −∇(W)/(1 + h) for every h. Here h = ⅛.
 *
 * Bound: the errors of the two gradients over h, and that of the right side.
 */
export const hessianAlongWeights: Law<NetworkSubject, 'network'> = {
  id: '8-hessian',
  title: 'H·W = −∇L',
  statement:
    'Along the weights the gradient changes only in length: Euler’s identity of degree −1, at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const { network } = sample;
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const h = 1 / 8;
    const further = await at(subject, network, params, batch, 1 + h);
    const here = await at(subject, network, params, batch, 1);
    return worst(
      normalizedPaths(network).map((path) => {
        const [g1, g0] = [further, here].map((each) => each.actual.gradients[path]!.data);
        const [e1, e0] = [further, here].map((each) => each.tracked.gradients[path]!.error);
        return compare(
          Float64Array.from(g1!, (g, i) => ((g - g0![i]!) / h) * (1 + h)),
          Float64Array.from(g0!, (g) => -g),
          e0!.map((error, i) => error + ((1 + h) * (error + e1![i]!)) / h),
          here.tracked.gradients[path]!.size,
        );
      }),
    );
  },
};

/**
 * Law 8, the Hessian in another direction V by a forward difference, which scales exactly:
 * (∇(aW + haV) − ∇(aW))/(ha) = a⁻²·(∇(W + hV) − ∇(W))/h for every h. Here h = ⅛.
 *
 * Bound: the errors of the four gradients over the two differences.
 */
export const hessianScaling: Law<NetworkSubject, 'network'> = {
  id: '8-curvature',
  title: '∇²L(aW) = ∇²L(W)/a²',
  statement: 'The curvature in normalized kernels falls as 1/a², a > 0, at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const { network, a } = sample;
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const direction = paramsOf({ ...sample, seed: (sample.seed + 1) >>> 0 });
    const h = 1 / 8;
    const moved: Record<string, Values> = { ...params };
    for (const path of normalizedPaths(network)) {
      const { data, shape } = params[path]!;
      moved[path] = { data: data.map((w, i) => w + h * direction[path]!.data[i]!), shape };
    }
    const points = [
      await at(subject, network, moved, batch, a),
      await at(subject, network, params, batch, a),
      await at(subject, network, moved, batch, 1),
      await at(subject, network, params, batch, 1),
    ];
    return worst(
      normalizedPaths(network).map((path) => {
        const g = points.map((point) => point.actual.gradients[path]!.data);
        const e = points.map((point) => point.tracked.gradients[path]!.error);
        return compare(
          Float64Array.from(g[0]!, (each, i) => (each - g[1]![i]!) / (h * a)),
          Float64Array.from(g[2]!, (each, i) => (each - g[3]![i]!) / (h * a * a)),
          e[0]!.map((each, i) => (each + e[1]![i]!) / (h * a) + (e[2]![i]! + e[3]![i]!) / (h * a * a)),
          points[3]!.tracked.gradients[path]!.size / (h * a * a),
        );
      }),
    );
  },
};

/** Law 16 for a network. Bound: the errors of both losses and gradients. */
export const duplicatedBatch: Law<NetworkSubject, 'network'> = {
  id: '16-duplicate',
  title: 'L(x, x) = L(x), ∇L(x, x) = ∇L(x)',
  statement: 'A batch that holds every image twice has the same loss and the same gradients.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const { network } = sample;
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const twice: LabelledBatch = {
      images: {
        data: Float32Array.from([...batch.images.data, ...batch.images.data]),
        shape: [2 * sample.batch, ...network.input],
      },
      labels: [...batch.labels, ...batch.labels],
    };
    const one = await at(subject, network, params, twice, 1);
    const other = await at(subject, network, params, batch, 1);
    return worst([
      compare(
        [one.actual.loss],
        [other.actual.loss],
        [one.tracked.lossError + other.tracked.lossError],
        other.tracked.loss,
      ),
      ...Object.keys(params).map((path) =>
        compare(
          one.actual.gradients[path]!.data,
          other.actual.gradients[path]!.data,
          one.tracked.gradients[path]!.error.map(
            (error, i) => error + other.tracked.gradients[path]!.error[i]!,
          ),
          other.tracked.gradients[path]!.size,
        ),
      ),
    ]);
  },
};

/** The paths of a network's normalized kernels. */
export function normalizedPaths(network: Network): readonly string[] {
  return network.channels.map((_, index) => convolutionPath(index));
}

function isNormalized(network: Network, path: string): boolean {
  return normalizedPaths(network).includes(path);
}

/** A network's loss and gradients with its normalized kernels times `factor`: the subject's, and tracked. */
async function at(
  subject: NetworkSubject,
  network: Network,
  params: Variables<Values>,
  batch: LabelledBatch,
  factor: number,
) {
  const roundoff = roundoffOf(subject);
  const values: Record<string, Values> = {};
  const tracked: Record<string, Tracked> = {};
  for (const [path, { data, shape }] of Object.entries(params)) {
    const by = isNormalized(network, path) ? factor : 1;
    const scaled = rounded(
      Float64Array.from(data, (w) => by * w),
      shape,
      roundoff,
    );
    values[path] = scaled.values;
    tracked[path] = scaled.tracked;
  }
  const images = exactly(batch.images);
  return {
    actual: await subject.lossAndGradients(network, values, batch),
    tracked: trackNetwork(network, tracked, { images, labels: batch.labels }, subject),
  };
}
