import {
  add,
  concat,
  div,
  maximum,
  mean,
  moments,
  mul,
  rsqrt,
  sign,
  slice,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** ŷ of x, channels last. */
type Standardize = (x: Tensor, epsilon: number) => Tensor;

/** Faulty operations on tensors by the name of their fault. tfjs derives their gradients, so these have the same fault. */
export const derivedMutants: Readonly<Record<string, Standardize>> = {
  'ε outside the root': byVariance((v, epsilon) => div(1, add(sqrt(v), epsilon))),
  'ε forgotten': byVariance((v) => rsqrt(v)),
  'ε squared': byVariance((v, epsilon) => rsqrt(add(v, epsilon * epsilon))),
  'ε a lower limit of the variance': byVariance((v, epsilon) => rsqrt(maximum(v, epsilon))),
  'unbiased variance': byVariance((v, epsilon, m) => rsqrt(add(mul(v, m / (m - 1)), epsilon))),
  'variance in one pass of float32': (x, epsilon) => {
    const [μ, squares] = [mean(x, allButLast(x)), mean(square(x), allButLast(x))];
    return mul(sub(x, μ), rsqrt(add(maximum(0, sub(squares, square(μ))), epsilon)));
  },
  'deviation for variance': byVariance((v, epsilon) => div(1, add(v, epsilon))),
  'mean by m + 1': (x, epsilon) => {
    const m = x.size / x.shape.at(-1)!;
    const d = sub(x, div(sum(x, allButLast(x)), m + 1));
    return mul(d, rsqrt(add(mean(square(d), allButLast(x)), epsilon)));
  },
  'sign lost': (x, epsilon) => {
    const y = right(x, epsilon);
    const first = slice(
      y,
      x.shape.map(() => 0),
      [...x.shape.slice(0, -1).map(() => 1), x.shape.at(-1)!],
    );
    return mul(y, sign(first));
  },
  'axis off by one': (x, epsilon) => {
    const axes = x.shape.map((_, axis) => axis).slice(1);
    const { mean: μ, variance } = moments(x, axes, true);
    return mul(sub(x, μ), rsqrt(add(variance, epsilon)));
  },
  'statistics per half of the batch': (x, epsilon) => {
    const n = x.shape[0]!;
    if (n < 4) return right(x, epsilon);
    const half = Math.ceil(n / 2);
    return concat(split(x, [half, n - half]).map((each) => right(each, epsilon)));
  },
};

function byVariance(inverse: (variance: Tensor, epsilon: number, m: number) => Tensor): Standardize {
  return (x, epsilon) => {
    const { mean: μ, variance } = moments(x, allButLast(x));
    return mul(sub(x, μ), inverse(variance, epsilon, x.size / x.shape.at(-1)!));
  };
}

function right(x: Tensor, epsilon: number): Tensor {
  const { mean: μ, variance } = moments(x, allButLast(x));
  return mul(sub(x, μ), rsqrt(add(variance, epsilon)));
}

function allButLast(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis).slice(0, -1);
}
