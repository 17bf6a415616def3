import type { FusedKernels } from '@normlab/kernels';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { moments } from './moments.js';
import { runShader } from './program.js';
import { reduceTree } from './reduceTree.js';
import { lanesOf, type SliceView } from './sliceView.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

type Forward = FusedKernels<TensorInfo>['NormlabBatchNorm'];

/**
 * y = γ·x̂ + β, or max(0, γ·x̂ + β), with x̂ = (x − μ)/√(σ² + ε) over all axes but the last;
 * running′ = decay·running + (1 − decay)·batch.
 *
 * Shapes: x and y [..., C]; statistics, γ and β [C].
 *
 * Mean and variance are computed as `moments.ts` says, and x̂ = ((x − near) − rest)·inverse, where near is one of the
 * values and near + rest is μ. Three programs: the leaves of the moments, their root with the running statistics, and y.
 * A program binds at most 8 buffers, WebGPU's default limit.
 *
 * `table` [6, C] has the rows near, rest, inverse, γ, β, σ², from which the gradient kernel recomputes x̂ of `kept`, which
 * is x. If y equals x̂, `kept` is y, so that x can be freed. The first rows are then 0, 0 and 1, and `table` [9, C] ends
 * with the near, rest and inverse of x.
 *
 * @returns [y, running mean, running variance, kept, table]
 */
export const batchNorm = fusedWebgpuKernel('NormlabBatchNorm', (inputs, attrs, backend) => {
  const { x } = inputs;
  const view = channelView(x);
  const lanes = lanesOf(view);
  const isAffine = inputs.scale !== undefined || inputs.offset !== undefined;
  const keepsY = !isAffine && attrs.activation === 'identity';
  const [table, movedMean, movedVariance] = statistics(backend, inputs, attrs, view, keepsY);
  const vectors = view.inner / lanes;
  const y = runShader(backend, {
    key: `batchNorm_${attrs.activation}`,
    inputs: { x, table },
    outputShape: x.shape,
    lanes,
    invocations: view.reduced * vectors,
    integers: { vectors: [vectors], first: [keepsY ? 6 * vectors : 0] },
    code: `
      let i = index % uniforms.vectors;
      let vectors = uniforms.vectors;
      let at = uniforms.first + i;
      let standardized = ((x[index] - table[at]) - table[vectors + at]) * table[2 * vectors + at];
      let y = fma(table[3 * vectors + i], standardized, table[4 * vectors + i]);
      result[index] = ${attrs.activation === 'relu' ? 'select(y, T(0.0), y < T(0.0))' : 'y'};`,
  });
  const kept = keepsY ? y : x;
  backend.incRef(kept.dataId);
  return [y, movedMean, movedVariance, { ...kept }, table];
});

/** The table and the updated running statistics; the table has 9 rows if `keepsY`. */
function statistics(
  backend: WebGPUBackend,
  { x, mean, variance, scale, offset }: Forward['inputs'],
  { epsilon, decay }: Forward['attrs'],
  view: SliceView,
  keepsY: boolean,
): [table: TensorInfo, movedMean: TensorInfo, movedVariance: TensorInfo] {
  const standardizing = [moments.shift, moments.rest, moments.inverse];
  const gain = scale === undefined ? 'T(1.0)' : 'scale[slice]';
  const bias = offset === undefined ? 'T(0.0)' : 'offset[slice]';
  const perChannel = [view.inner];
  const moved = (running: string, batch: string) => ({
    shape: perChannel,
    value: `uniforms.decay * ${running}[slice] + uniforms.share * (${batch})`,
  });
  const [table, movedMean, movedVariance] = reduceTree(backend, {
    ...moments,
    key: `batchNorm${scale === undefined ? '' : '_scale'}${offset === undefined ? '' : '_offset'}${keepsY ? '_y' : ''}`,
    inputs: { x },
    view,
    results: [
      ...(keepsY ? ['T(0.0)', 'T(0.0)', 'T(1.0)'] : standardizing),
      ...[gain, bias, moments.variance],
      ...(keepsY ? standardizing : []),
    ],
    outputs: { movedMean: moved('mean', moments.mean), movedVariance: moved('variance', moments.variance) },
    rootInputs: {
      ...{ mean, variance },
      ...(scale === undefined ? {} : { scale }),
      ...(offset === undefined ? {} : { offset }),
    },
    floats: { epsilon, decay, share: 1 - decay },
  });
  return [table, movedMean!, movedVariance!];
}

/** x [..., C] reduced over all axes but the last. */
export function channelView({ shape }: TensorInfo): SliceView {
  const channels = shape.at(-1)!;
  return { outer: 1, reduced: util.sizeFromShape([...shape]) / channels, inner: channels };
}
