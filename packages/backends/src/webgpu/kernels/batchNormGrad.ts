import { channelView } from './batchNorm.js';
import { runShader } from './program.js';
import { addNodes, reduceTree } from './reduceTree.js';
import { lanesOf } from './sliceView.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

/**
 * With δ = dy (with a ReLU: dy where γ·x̂ + β > 0 and 0 elsewhere): dx = γ/√(σ² + ε)·(δ − mean δ − x̂·mean(δ·x̂)),
 * dscale = Σ δ·x̂, doffset = Σ δ.
 *
 * Shapes: dx as dy [..., C]; dscale and doffset [C].
 *
 * Each channel of δ is shifted by its first value, which removes a large mean before anything is rounded; the shift does
 * not change Σ δ·x̂, since Σ x̂ = 0. Three programs: the leaves of both sums, their root, and dx.
 *
 * @returns [dx, dscale, doffset]
 */
export const batchNormGrad = fusedWebgpuKernel('NormlabBatchNormGrad', (inputs, attrs, backend) => {
  const { dy, kept, table } = inputs;
  const { epsilon, activation } = attrs;
  const view = channelView(dy);
  const lanes = lanesOf(view);
  const vectors = view.inner / lanes;
  /** Declares x̂ and δ of the element at the index `at`, under the given names. */
  const element = (standardized: string, delta: string, at: string) => `
    let ${standardized} = ((kept[${at}] - near) - rest) * inverse;
    let ${delta} = ${
      activation === 'relu'
        ? `select(dy[${at}], T(0.0), fma(gain, ${standardized}, bias) <= T(0.0))`
        : `dy[${at}]`
    };`;
  const channel = (count: string) => `
    let near = table[i];
    let rest = table[${count} + i];
    let inverse = table[2 * ${count} + i];
    let gain = table[3 * ${count} + i];
    let bias = table[4 * ${count} + i];`;
  const [terms, dScale, dOffset] = reduceTree(backend, {
    key: `batchNormGrad_${activation}`,
    inputs: { dy, kept, table },
    view,
    values: 3,
    leaf: `
      ${channel('inner')}
      ${element('first', 'v2', 'base')}
      var v0 = T(0.0);
      var v1 = T(0.0);
      for (var row = begin; row < end; row++) {
        ${element('standardized', 'delta', 'base + row * inner')}
        v0 += delta - v2;
        v1 = fma(delta - v2, standardized, v1);
      }`,
    merge: `${addNodes(2)}
      let v2 = value(2, begin);`,
    // The shift, mean(δ − shift), mean(δ·x̂), and γ/√(σ² + ε).
    results: [
      'v2',
      'v0 / f32(all)',
      'v1 / f32(all)',
      'table[3 * slices + slice] / sqrt(table[5 * slices + slice] + uniforms.epsilon)',
    ],
    outputs: {
      dScale: { shape: [view.inner], value: 'v1' },
      dOffset: { shape: [view.inner], value: 'fma(v2, T(f32(all)), v0)' },
    },
    rootInputs: { table },
    floats: { epsilon },
  });
  const dx = runShader(backend, {
    key: `batchNormGrad_${activation}`,
    inputs: { dy, kept, table, terms },
    outputShape: dy.shape,
    lanes,
    invocations: view.reduced * vectors,
    integers: { vectors: [vectors] },
    code: `
      let vectors = uniforms.vectors;
      let i = index % vectors;
      ${channel('vectors')}
      ${element('standardized', 'delta', 'index')}
      let centred = (delta - terms[i]) - terms[vectors + i];
      result[index] = (centred - standardized * terms[2 * vectors + i]) * terms[3 * vectors + i];`,
  });
  release(backend, terms);
  return [dx, dScale!, dOffset!];
});
