import type { Normalizes } from '../subject.js';
import type { Tracked } from './tracked.js';
import { trackStandardize } from './trackStandardize.js';
import { trackStandardizeGradient } from './trackStandardizeGradient.js';

/** ŷ, and the gradient ∂⟨dy, ŷ⟩/∂x. */
export type TrackedNorm = { readonly y: Tracked; gradient(dy: Tracked): Tracked };

/** A normalization over a subject's sets, each arranged as a channel of [m, sets]. */
export function trackNorm(
  x: Tracked,
  epsilon: number,
  roundoff: number,
  { sets, centred = true }: Normalizes,
): TrackedNorm {
  const order = sets && bySets(x.shape, sets(x.shape));
  const norm = trackStandardize(order ? arranged(x, order) : x, epsilon, roundoff, { centred });
  return {
    y: order ? putBack(norm.y, order) : norm.y,
    gradient(dy) {
      const dx = trackStandardizeGradient(order ? arranged(dy, order) : dy, norm, roundoff);
      return order ? putBack(dx, order) : dx;
    },
  };
}

type Order = { readonly from: Int32Array; readonly count: number; readonly shape: readonly number[] };

/** Where the values of [m, sets] come from. */
function bySets(shape: readonly number[], setOf: (i: number) => number): Order {
  const size = shape.reduce((a, b) => a * b, 1);
  const of = Int32Array.from({ length: size }, (_, i) => setOf(i));
  const count = Math.max(...of) + 1;
  const rows = new Int32Array(count);
  const from = new Int32Array(size);
  of.forEach((set, i) => {
    from[rows[set]! * count + set] = i;
    rows[set]! += 1;
  });
  return { from, count, shape };
}

function arranged({ value, error, size }: Tracked, { from, count }: Order): Tracked {
  const pick = (values: Float64Array) => Float64Array.from(from, (i) => values[i]!);
  return { shape: [value.length / count, count], value: pick(value), error: pick(error), size };
}

function putBack({ value, error, size }: Tracked, { from, shape }: Order): Tracked {
  const [values, errors] = [new Float64Array(value.length), new Float64Array(value.length)];
  from.forEach((i, at) => {
    values[i] = value[at]!;
    errors[i] = error[at]!;
  });
  return { shape, value: values, error: errors, size };
}
