import { openBackend } from '@normlab/backends';
import * as tf from '@tensorflow/tfjs-core';
const b = await openBackend('webgpu');
const backend = tf.backend();
function conv({ TP, TO, wg = 64 }, outShape) {
  const TO4 = TO / 4;
  const lines = (n, f) => Array.from({ length: n }, (_, i) => f(i)).join('\n');
  const tiles = outShape[0] * outShape[1] * Math.ceil(outShape[2] / TP) * (outShape[3] / TO);
  return { tiles, p: { variableNames: ['x', 'w'], variableComponents: [4, 4], outputComponent: 4, outputShape: outShape, workgroupSize: [wg, 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] }, dispatch: [Math.ceil(tiles / wg), 1, 1], shaderKey: `cv${TP}_${TO}_${wg}`,
    uniforms: 'kernel : vec2<i32>, stride : vec2<i32>, pad : vec2<i32>, tiles : i32,', getUserCode: () => `
fn main(index : i32) {
  if (index >= uniforms.tiles) { return; }
  let ci4 = uniforms.xShape.w / 4; let co4 = uniforms.outShape.w / 4;
  let no = co4 / ${TO4};
  var rest = index;
  let o0 = (rest % no) * ${TO4}; rest = rest / no;
  let nx = (uniforms.outShape.z + ${TP - 1}) / ${TP};
  let ox0 = (rest % nx) * ${TP}; rest = rest / nx;
  let oy = rest % uniforms.outShape.y; let n = rest / uniforms.outShape.y;
  ${lines(TP, p => lines(TO4, o => `var a${p}_${o} = vec4<f32>(0.0);`))}
  for (var ky = 0; ky < uniforms.kernel.x; ky++) {
    let iy = oy * uniforms.stride.x - uniforms.pad.x + ky;
    if (iy < 0 || iy >= uniforms.xShape.y) { continue; }
    let row = (n * uniforms.xShape.y + iy) * uniforms.xShape.z;
    for (var kx = 0; kx < uniforms.kernel.y; kx++) {
      let first = ox0 * uniforms.stride.y - uniforms.pad.y + kx;
      ${lines(TP, p => `let ix${p} = first + ${p} * uniforms.stride.y; let in${p} = f32(ix${p} >= 0 && ix${p} < uniforms.xShape.z); let at${p} = (row + clamp(ix${p}, 0, uniforms.xShape.z - 1)) * ci4;`)}
      var wi = (ky * uniforms.kernel.y + kx) * uniforms.xShape.w * co4 + o0;
      for (var i = 0; i < ci4; i++) {
        ${lines(TP, p => `let x${p} = x[at${p} + i] * in${p};`)}
        ${lines(4, k => `{
          ${lines(TO4, o => `let w${o} = w[wi + ${o}];`)}
          ${lines(TP, p => lines(TO4, o => `a${p}_${o} = fma(vec4<f32>(x${p}.${'xyzw'[k]}), w${o}, a${p}_${o});`))}
          wi += co4; }`)}
      }
    }
  }
  let r = ((n * uniforms.outShape.y + oy) * uniforms.outShape.z + ox0) * co4 + o0;
  ${lines(TP, p => `if (ox0 + ${p} < uniforms.outShape.z) { ${lines(TO4, o => `result[r + ${p} * co4 + ${o}] = a${p}_${o};`)} }`)}
}` } };
}
const N = 8, H = 24, C = 24;
const x = tf.randomNormal([N, H, H, C]), w = tf.randomNormal([3, 3, C, C]);
await tf.add(x, 0).data(); await tf.add(w, 0).data();
const flop = 2 * N * H * H * C * C * 9;
const ref = await tf.engine().runKernel('Conv2D', { x, filter: w }, { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 }).data();
async function time(name, f) {
  let best = 1e9;
  for (let i = 0; i < 5; i++) { const t0 = performance.now(); const o = f(); const s = tf.engine().makeTensorFromTensorInfo(o); const v = await s.data(); best = Math.min(best, performance.now() - t0); s.dispose(); if (i == 0 && v.length === ref.length) { let e = 0; v.forEach((a, j) => e = Math.max(e, Math.abs(a - ref[j]))); name += ' err ' + e.toExponential(1); } }
  console.log(name, best.toFixed(1), 'ms', (flop / best / 1e6).toFixed(2), 'GFLOP/s');
}
await time('tfjs', () => tf.engine().runKernel('Conv2D', { x, filter: w }, { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 }));
for (const [TP, TO] of [[1, 4], [2,4],[4, 4],[2,8], [4, 8], [8, 4], [6, 8], [4, 12],[2,24]]) for (const wg of [64,32]) {
  await time(`${TP}x${TO} ${wg}`, () => { const { p, tiles } = conv({ TP, TO, wg }, [N, H, H, C]); return backend.runWebGPUProgram(p, [x, w], 'float32', [{ type: 'int32', data: [3, 3] }, { type: 'int32', data: [1, 1] }, { type: 'int32', data: [1, 1] }, { type: 'int32', data: [tiles] }]); });
}
await b.close();
