import { runShaderWithOutputs } from './program.js';
import { addNodes, reduceTree } from './reduceTree.js';
import { fusedWebgpuKernel, release } from './webgpuKernel.js';

/**
 * L = (1/N)·Σₙ (log Σₖ exp(zₙₖ − mₙ) − (zₙyₙ − mₙ)) with mₙ = maxₖ zₙₖ, and ∂L/∂zₙₖ = (softmax(zₙ)ₖ − [k = yₙ])/N.
 *
 * Shapes: logits z [N, K], labels y [N] int32; L a scalar, ∂L/∂z [N, K].
 *
 * Each row is summed by one invocation, in the order of the classes. A label outside [0, K) counts as no class. Where the
 * adapter computes with infinities, which WGSL leaves open, a logit of +∞ gives a loss that is not finite, and one of −∞
 * beside finite ones has probability 0.
 *
 * @returns [L, ∂L/∂z]
 */
export const crossEntropy = fusedWebgpuKernel(
  'NormlabSoftmaxCrossEntropy',
  ({ logits, labels }, _, backend) => {
    const [rows] = logits.shape as [number, number];
    const [slope, losses] = runShaderWithOutputs(backend, {
      key: 'crossEntropy',
      inputs: { logits, labels },
      outputShape: logits.shape,
      outputs: { losses: [rows] },
      lanes: 1,
      invocations: rows,
      code: `
        let classes = uniforms.logitsShape.y;
        let row = index * classes;
        let label = labels[index];
        var largest = logits[row];
        for (var k = 1; k < classes; k++) { largest = max(largest, logits[row + k]); }
        var total = 0.0;
        for (var k = 0; k < classes; k++) { total += exp(logits[row + k] - largest); }
        var truth = 0.0;
        if (label >= 0 && label < classes) { truth = logits[row + label] - largest; }
        losses[index] = log(total) - truth;
        for (var k = 0; k < classes; k++) {
          let probability = exp(logits[row + k] - largest) / total;
          result[row + k] = (probability - f32(k == label)) / f32(uniforms.invocations);
        }`,
    });
    const [loss] = reduceTree(backend, {
      key: 'meanLoss',
      inputs: { x: losses! },
      view: { outer: 1, reduced: rows, inner: 1 },
      values: 1,
      leaf: `
        var v0 = 0.0;
        for (var row = begin; row < end; row++) { v0 += x[base + row]; }`,
      merge: addNodes(1),
      results: ['v0 / f32(all)'],
    });
    release(backend, losses!);
    return [{ ...loss, shape: [] }, slope];
  },
);
