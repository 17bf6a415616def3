/** The inputs and the output of a kernel call. */
export type Call = {
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly output: ArrayLike<number>;
  /** What the output would be for the magnitudes of the inputs. */
  readonly ofMagnitudes: () => ArrayLike<number>;
};

/**
 * The error of each number of a kernel's output on any backend, in unit roundoffs: the root of the sum of the squares
 * of its rounding errors, each at its largest.
 *
 * A sum of n products, in any order, has n roundings of partial sums, each of which is at most Σ|ab|, so its error is
 * √n·Σ|ab| (Higham & Mary 2019).
 */
type LocalError = (call: Call) => ArrayLike<number>;

/**
 * The largest error of each operation that WGSL allows, in unit roundoffs; 1 ULP is up to 2 unit roundoffs. A division:
 * 2.5 ULP; a square root: that of an inverse square root (2 ULP) and a division; the exponential: 3 + 2|x| ULP; the
 * logarithm: 3 ULP, near 1 an absolute 2⁻²¹ = 8 · 2⁻²⁴. Sums and products are rounded correctly everywhere, but a
 * factor may be a constant that was rounded before.
 */
const roundings = { sum: 1, product: 2, division: 5, squareRoot: 9, logarithm: 6, logarithmNearOne: 8 };

/** Kernels that only move, choose or compare numbers, or compute with integers. */
const exactKernels = [
  ...['ZerosLike', 'Identity', 'Reshape', 'GatherV2', 'Relu', 'ArgMax', 'Equal', 'Cast', 'Max', 'ExpandDims'],
  ...['Range', 'Step', 'Pack'],
];

const rules: Readonly<Record<string, LocalError>> = {
  Conv2D: (call) => {
    const [height, width, channels] = call.shapes.filter as [number, number, number];
    return sumOfProducts(call, height * width * channels);
  },
  Conv2DBackpropInput: (call) => {
    const [height, width, , results] = call.shapes.filter as [number, number, number, number];
    return sumOfProducts(call, height * width * results);
  },
  Conv2DBackpropFilter: (call) => {
    const [images, height, width] = call.shapes.dy as [number, number, number];
    return sumOfProducts(call, images * height * width);
  },
  Sum: (call) => sumOfProducts(call, call.inputs.x!.length / call.output.length),
  AddN: (call) => sumOfProducts(call, Object.keys(call.inputs).length),
  Mean: (call) => sumOfProducts(call, call.inputs.x!.length / call.output.length + roundings.division ** 2),
  Add: relative(roundings.sum),
  Sub: relative(roundings.sum),
  Multiply: relative(roundings.product),
  Square: relative(roundings.product),
  RealDiv: relative(roundings.division),
  Sqrt: relative(roundings.squareRoot),
  Exp: ({ inputs, output }) => Float64Array.from(output, (y, i) => (6 + 4 * Math.abs(inputs.x![i]!)) * y),
  Log: ({ output }) =>
    Float64Array.from(output, (y) => Math.max(roundings.logarithm * Math.abs(y), roundings.logarithmNearOne)),
};

/**
 * The rule for a kernel, or undefined for one that is exact.
 *
 * @throws Error for a kernel without a rule
 */
export function localErrorOf(kernelName: string): LocalError | undefined {
  if (exactKernels.includes(kernelName)) return undefined;
  const rule = rules[kernelName];
  if (rule === undefined) throw new Error(`localErrors: no rule for the kernel ${kernelName} yet`);
  return rule;
}

function sumOfProducts({ ofMagnitudes }: Call, terms: number): ArrayLike<number> {
  return Float64Array.from(ofMagnitudes(), (size) => Math.sqrt(terms) * size);
}

function relative(count: number): LocalError {
  return ({ output }) => Float64Array.from(output, (value) => count * Math.abs(value));
}
