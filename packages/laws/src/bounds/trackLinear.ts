import type { Precision } from '../subject.js';
import type { TiledConvolution } from '../tiledConvolution.js';
import { channelsOf, sizeOf } from '../values.js';
import { gamma, roundoffOf } from './roundoff.js';
import { type Magnitudes, tiledErrors, tiledKernelGradientErrors, turned } from './tiledSums.js';
import { largest, type Tracked, trackedBy } from './tracked.js';

/**
 * Wu: a dense layer for a kernel [D, C], a SAME convolution with stride 1 for [k, k, D, C], k odd.
 *
 * Each result is a sum of n products. Its error is that of the factors, Σ(eᵤ|W| + |u|e_W + eᵤe_W),
 * and that of n roundings in any order, γₙ·Σ(|u| + eᵤ)(|W| + e_W) (Higham 2002, §3.1), n the
 * fan-in. The gradients are sums of products over the same pairs, with n = N·H·W for the kernel and n = k²·C for the
 * input. If the subject's convolutions may use tiles, the rounding error is the larger of this and `tiledErrors`.
 */
export function trackLinear(u: Tracked, kernel: Tracked, precision: Precision): Tracked {
  const shape = [...u.shape.slice(0, -1), kernel.shape[kernel.shape.length - 1]!];
  const direct = sumOfProducts(u, kernel, shape, roundoffOf(precision), (visit) =>
    eachProduct(u.shape, kernel.shape, (iu, ik, iz) => visit(iu, ik, iz)),
  );
  return orByTiles(direct, kernel.shape, precision, (algorithm, roundoff) =>
    tiledErrors(reachOf(u), reachOf(kernel), algorithm, roundoff),
  );
}

/** ∂⟨dz, Wu⟩/∂W. */
export function trackKernelGradient(
  u: Tracked,
  dz: Tracked,
  kernelShape: readonly number[],
  precision: Precision,
): Tracked {
  const direct = sumOfProducts(u, dz, kernelShape, roundoffOf(precision), (visit) =>
    eachProduct(u.shape, kernelShape, (iu, ik, iz) => visit(iu, iz, ik)),
  );
  return orByTiles(direct, kernelShape, precision, (algorithm, roundoff) =>
    tiledKernelGradientErrors(reachOf(u), reachOf(dz), algorithm, roundoff),
  );
}

/** ∂⟨dz, Wu⟩/∂u. */
export function trackInputGradient(
  kernel: Tracked,
  dz: Tracked,
  inputShape: readonly number[],
  precision: Precision,
): Tracked {
  const direct = sumOfProducts(kernel, dz, inputShape, roundoffOf(precision), (visit) =>
    eachProduct(inputShape, kernel.shape, (iu, ik, iz) => visit(ik, iz, iu)),
  );
  return orByTiles(direct, kernel.shape, precision, (algorithm, roundoff) =>
    tiledErrors(reachOf(dz), turned(reachOf(kernel)), algorithm, roundoff),
  );
}

/** x + b, b per channel: one more rounding, none where b is known to be 0. */
export function trackBias(x: Tracked, bias: Tracked, roundoff: number): Tracked {
  const at = (i: number) => i % bias.value.length;
  const value = (i: number) => x.value[i]! + bias.value[at(i)]!;
  return trackedBy(
    x.shape,
    value,
    (i) => {
      if (bias.value[at(i)] === 0 && bias.error[at(i)] === 0) return x.error[i]!;
      const carried = x.error[i]! + bias.error[at(i)]!;
      return carried + roundoff * (Math.abs(value(i)) + carried);
    },
    x.size + bias.size,
  );
}

/** Σ over all but the last axis: the gradient of a bias. */
export function trackBiasGradient(dz: Tracked, roundoff: number): Tracked {
  const channels = channelsOf(dz.shape);
  const rows = dz.value.length / channels;
  const ones = trackedBy(
    [rows, 1],
    () => 1,
    () => 0,
  );
  const sums = trackKernelGradient(ones, dz, [1, channels], { unitRoundoff: roundoff });
  return { ...sums, shape: [channels] };
}

type Visit = (a: number, b: number, result: number) => void;

/** Sums with their errors: those propagated from the factors, and those of direct summation. */
type Sums = Tracked & { readonly carried: Float64Array };

function orByTiles(
  { carried, ...direct }: Sums,
  kernelShape: readonly number[],
  precision: Precision,
  errorsOf: (algorithm: TiledConvolution, roundoff: number) => Float64Array,
): Tracked {
  const isConvolution = kernelShape.length === 4;
  const { error } = direct;
  for (const algorithm of isConvolution ? (precision.tiledConvolutions ?? []) : []) {
    const taps = algorithm.kernel[0]!.length;
    if (kernelShape[0] !== taps || kernelShape[1] !== taps || !algorithm.covers(kernelShape)) continue;
    errorsOf(algorithm, roundoffOf(precision)).forEach((each, i) => {
      error[i] = Math.max(error[i]!, carried[i]! + each);
    });
  }
  return direct;
}

/** The largest possible magnitudes of the values. */
function reachOf({ shape, value, error }: Tracked): Magnitudes {
  return { shape, values: value.map((each, i) => Math.abs(each) + error[i]!) };
}

function sumOfProducts(
  a: Tracked,
  b: Tracked,
  shape: readonly number[],
  roundoff: number,
  pairs: (visit: Visit) => void,
): Sums {
  const length = sizeOf(shape);
  const [value, carried, reach, terms, magnitude] = [1, 2, 3, 4, 5].map(() => new Float64Array(length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  pairs((ia, ib, i) => {
    const [va, ea, vb, eb] = [a.value[ia]!, a.error[ia]!, b.value[ib]!, b.error[ib]!];
    value[i]! += va * vb;
    carried[i]! += ea * Math.abs(vb) + Math.abs(va) * eb + ea * eb;
    reach[i]! += (Math.abs(va) + ea) * (Math.abs(vb) + eb);
    magnitude[i]! += Math.abs(va) * b.size;
    terms[i]! += 1;
  });
  const error = carried.map((each, i) => each + gamma(terms[i]!, roundoff) * reach[i]!);
  return { shape, value, error, size: largest(magnitude), carried };
}

/** Calls `visit` with the flat indices of input, kernel and output of every product in Wu. */
function eachProduct(
  inputShape: readonly number[],
  kernelShape: readonly number[],
  visit: (input: number, kernel: number, output: number) => void,
): void {
  const dense = kernelShape.length === 2;
  const [kh, kw, inputs, outputs] = dense ? [1, 1, ...kernelShape] : kernelShape;
  const [batch, height, width] = dense ? [sizeOf(inputShape) / inputs!, 1, 1] : inputShape;
  const [top, left] = [(kh! - 1) / 2, (kw! - 1) / 2];
  for (let n = 0; n < batch!; n++)
    for (let h = 0; h < height!; h++)
      for (let w = 0; w < width!; w++)
        for (let i = 0; i < kh!; i++)
          for (let j = 0; j < kw!; j++) {
            const [y, x] = [h + i - top, w + j - left];
            if (y < 0 || y >= height! || x < 0 || x >= width!) continue;
            const input = ((n * height! + y) * width! + x) * inputs!;
            const kernel = (i * kw! + j) * inputs! * outputs!;
            const output = ((n * height! + h) * width! + w) * outputs!;
            for (let d = 0; d < inputs!; d++)
              for (let c = 0; c < outputs!; c++) visit(input + d, kernel + d * outputs! + c, output + c);
          }
}
