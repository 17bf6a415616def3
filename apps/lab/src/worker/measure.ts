import type { Variables } from '@normlab/models';

/** The values of one norm's gain or bias. */
export type Learned = { readonly layer: string; readonly values: Float32Array };

/** What is shown of a network at one step. */
export type Measured = {
  readonly step: number;
  /** ‖W‖ of the kernels before norms, by path. */
  readonly kernelNorms: Readonly<Record<string, number>>;
  readonly gains: readonly Learned[];
  readonly biases: readonly Learned[];
};

/** Reads the norms of kernels, and all gains and biases. One readback per variable. */
export async function measure(
  params: Variables,
  kernels: readonly string[],
  step: number,
): Promise<Measured> {
  const kernelNorms = await Promise.all(
    kernels.map(async (path) => [path, lengthOf(await params[path]!.data())] as const),
  );
  const [gains, biases] = await Promise.all([learnedIn(params, 'scale'), learnedIn(params, 'offset')]);
  return { step, kernelNorms: Object.fromEntries(kernelNorms), gains, biases };
}

function learnedIn(params: Variables, variable: 'scale' | 'offset'): Promise<Learned[]> {
  const paths = Object.keys(params).filter((path) => path.endsWith(`/${variable}`));
  return Promise.all(
    paths.map(async (path) => ({
      layer: path.slice(0, path.lastIndexOf('/')),
      values: Float32Array.from(await params[path]!.data()),
    })),
  );
}

function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]! ** 2;
  return Math.sqrt(sum);
}
