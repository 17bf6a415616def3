import { type Model, summarize, type Variables } from '@normlab/models';

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

/** Reads the lengths of kernels, and the gains and biases of all norms. One readback per variable. */
export async function measure(
  { spec }: Model,
  params: Variables,
  kernels: readonly string[],
  step: number,
): Promise<Measured> {
  const kernelNorms = await Promise.all(
    kernels.map(async (path) => [path, lengthOf(await params[path]!.data())] as const),
  );
  const norms = summarize(spec).flatMap(({ layer, type }) => (type === 'norm' ? [layer] : []));
  const learned = (variable: 'scale' | 'offset') => learnedIn(params, norms, variable);
  const [gains, biases] = await Promise.all([learned('scale'), learned('offset')]);
  return { step, kernelNorms: Object.fromEntries(kernelNorms), gains, biases };
}

function learnedIn(params: Variables, norms: readonly string[], variable: 'scale' | 'offset') {
  const having = norms.filter((layer) => params[`${layer}/${variable}`] !== undefined);
  return Promise.all(
    having.map(async (layer): Promise<Learned> => {
      const values = await params[`${layer}/${variable}`]!.data();
      return { layer, values: Float32Array.from(values) };
    }),
  );
}

function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]! ** 2;
  return Math.sqrt(sum);
}
