import { runShader, workgroupSize } from './program.js';
import { fusedWebgpuKernel } from './webgpuKernel.js';

/**
 * The number of rows of the logits whose largest entry, the first of equal ones, is that of the row's label.
 *
 * Shapes: logits [N, K], labels [N] int32, the count a float32 scalar. One workgroup counts: the count is exact up to
 * 2²⁴ rows. WGSL does not say which of two numbers is larger if one is NaN.
 *
 * @returns [count]
 */
export const countCorrect = fusedWebgpuKernel('NormlabCountCorrect', ({ logits, labels }, _, backend) => {
  const count = runShader(backend, {
    key: 'countCorrect',
    inputs: { logits, labels },
    outputShape: [],
    lanes: 1,
    invocations: workgroupSize,
    shared: `var<workgroup> counts : array<i32, ${workgroupSize}>;`,
    code: `
      let rows = uniforms.logitsShape.x;
      let classes = uniforms.logitsShape.y;
      var count = 0;
      for (var n = index; n < rows; n += ${workgroupSize}) {
        let row = n * classes;
        var largest = logits[row];
        var chosen = 0;
        for (var k = 1; k < classes; k++) {
          let logit = logits[row + k];
          if (logit > largest) {
            largest = logit;
            chosen = k;
          }
        }
        count += i32(chosen == labels[n]);
      }
      counts[index] = count;
      workgroupBarrier();
      if (index == 0) {
        var all = 0;
        for (var i = 0; i < ${workgroupSize}; i++) { all += counts[i]; }
        result[0] = f32(all);
      }`,
  });
  return [count];
});
