import { openBackend } from '@normlab/backends';
import * as tf from '@tensorflow/tfjs-core';
const b = await openBackend('webgpu');
const backend = tf.backend();
// variants of filter gradient
function program({ TI, TO, vec, wg = 64 }, outShape, S) {
  const [kh, kw, ci, co] = outShape;
  const TI4 = TI / 4, TO4 = TO / 4;
  const acc = [], body = [], loads = [], stores = [];
  for (let i = 0; i < TI; i++) for (let o = 0; o < TO4; o++) acc.push(`var a${i}_${o} = vec4<f32>(0.0);`);
  if (vec) {
    for (let i = 0; i < TI4; i++) loads.push(`let x${i} = x[xi + ${i}];`);
    for (let o = 0; o < TO4; o++) loads.push(`let d${o} = dy[di + ${o}];`);
  } 
  for (let i = 0; i < TI; i++) for (let o = 0; o < TO4; o++) body.push(`a${i}_${o} = fma(vec4<f32>(x${i >> 2}.${'xyzw'[i & 3]}), d${o}, a${i}_${o});`);
  for (let i = 0; i < TI; i++) for (let o = 0; o < TO4; o++) stores.push(`result[r + ${i} * (uniforms.dyShape.w / 4) + ${o}] = a${i}_${o};`);
  const tiles = kh * kw * (ci / TI) * (co / TO) * S;
  return { variableNames: ['x', 'dy'], variableComponents: [4, 4], outputComponent: 4, outputShape: [S, ...[kh * kw * ci, co]], workgroupSize: [wg, 1, 1],
    dispatchLayout: { x: [0] }, dispatch: [Math.ceil(tiles / wg), 1, 1], shaderKey: `fg${TI}_${TO}_${vec}_${wg}`,
    uniforms: 'dims : vec4<i32>, conv : vec4<i32>, tiles : i32,', getUserCode: () => `
fn main(index : i32) {
  if (index >= uniforms.tiles) { return; }
  // index = ((s * KHKW + k) * CI/TI + i) * CO/TO + o
  let co = uniforms.dyShape.w; let ci = uniforms.xShape.w;
  var rest = index;
  let no = co / ${TO}; let o0 = (rest % no) * ${TO}; rest = rest / no;
  let ni = ci / ${TI}; let i0 = (rest % ni) * ${TI}; rest = rest / ni;
  let kw = uniforms.dims.y; let kx = rest % kw; rest = rest / kw;
  let ky = rest % uniforms.dims.x; let s = rest / uniforms.dims.x;
  let rows = uniforms.dyShape.x * uniforms.dyShape.y;
  let r0 = s * rows / ${'uniforms.dims.z'}; let r1 = (s + 1) * rows / uniforms.dims.z;
  ${acc.join('\n')}
  for (var row = r0; row < r1; row++) {
    let n = row / uniforms.dyShape.y; let oy = row % uniforms.dyShape.y;
    let iy = oy * uniforms.conv.x - uniforms.conv.z + ky;
    if (iy < 0 || iy >= uniforms.xShape.y) { continue; }
    // valid ox
    let lo = max(0, (uniforms.conv.w - kx + uniforms.conv.y - 1) / uniforms.conv.y);
    let hi = min(uniforms.dyShape.z, (uniforms.xShape.z - 1 + uniforms.conv.w - kx) / uniforms.conv.y + 1);
    var xi = ((n * uniforms.xShape.y + iy) * uniforms.xShape.z + lo * uniforms.conv.y - uniforms.conv.w + kx) * (ci / 4) + i0 / 4;
    var di = (row * uniforms.dyShape.z + lo) * (co / 4) + o0 / 4;
    let xs = uniforms.conv.y * (ci / 4); let ds = co / 4;
    for (var ox = lo; ox < hi; ox++) {
      ${loads.join('\n')}
      ${body.join('\n')}
      xi += xs; di += ds;
    }
  }
  let r = ((s * uniforms.dims.x + ky) * kw + kx) * ci * (co / 4) + i0 * (co / 4) + o0 / 4;
  ${stores.join('\n')}
}` };
}
const N = 8, H = 24, C = 24;
const x = tf.randomNormal([N, H, H, C]), dy = tf.randomNormal([N, H, H, C]);
await tf.add(x, 0).data(); await tf.add(dy, 0).data();
const flop = 2 * N * H * H * C * C * 9;
const ref = await tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { strides: 1, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape: [3,3,C,C] }).data();
async function time(name, f) {
  let best = 1e9;
  for (let i = 0; i < 5; i++) { const t0 = performance.now(); const o = f(); const s = tf.engine().makeTensorFromTensorInfo(o); const v = await s.data(); best = Math.min(best, performance.now() - t0); s.dispose(); if (i == 0 && v.length === ref.length) { let e = 0; v.forEach((a, j) => e = Math.max(e, Math.abs(a - ref[j]))); name += ' err ' + e.toExponential(1); } }
  console.log(name, best.toFixed(1), 'ms', (flop / best / 1e6).toFixed(2), 'GFLOP/s');
}
const u = (S, tiles) => [{ type: 'int32', data: [3, 3, S, 0] }, { type: 'int32', data: [1, 1, 1, 1] }, { type: 'int32', data: [tiles] }];
await time('tfjs', () => tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3,3,C,C] }));
for (const [TI, TO] of [[4, 4], [4, 8], [8, 4], [8, 8], [4, 12],[12,8]]) for (const S of [1, 8]) {
  await time(`${TI}x${TO} S${S}`, () => { const p = program({ TI, TO, vec: true }, [3, 3, C, C], S); return backend.runWebGPUProgram(p, [x, dy], 'float32', u(S, 9 * (C / TI) * (C / TO) * S)); });
}
const w = tf.randomNormal([3,3,C,C]);
await time('conv fwd', () => tf.engine().runKernel('Conv2D', { x, filter: w }, { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 }));
await time('conv dX', () => tf.engine().runKernel('Conv2DBackpropInput', { dy, filter: w }, { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: x.shape }));
await b.close();
