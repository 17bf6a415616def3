import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type ConvAttrs, convInfo } from './convInfo.js';
import { runShader } from './program.js';
import { channelTile, pixels, tiledConvolution } from './tiledConvolution.js';
import { webgpuKernel } from './webgpuKernel.js';

type Inputs = { x: TensorInfo; filter: TensorInfo };

/**
 * y[n, oy, ox, c] = Σ_ky Σ_kx Σ_d x[n, oy·s − p + ky, ox·s − p + kx, d] · w[ky, kx, d, c]
 *
 * For software adapters only: tfjs's own shader shares tiles between invocations, which is fast on a GPU.
 */
export const conv2d = webgpuKernel<Inputs, ConvAttrs>('Conv2D', ({ x, filter }, attrs, backend) => {
  const info = convInfo(x.shape, filter.shape, attrs);
  if (info === undefined) return undefined;
  const tile = channelTile(info.inChannels, info.outChannels);
  const { inLanes, lanes, vectors } = tile;
  const tiles = info.batchSize * info.outHeight * Math.ceil(info.outWidth / pixels);
  return runShader(backend, {
    key: `conv2d_${inLanes}_${vectors}`,
    inputs: { x, w: filter },
    inputLanes: { x: inLanes },
    outputShape: info.outShape,
    lanes,
    invocations: (tiles * info.outChannels) / (lanes * vectors),
    integers: {
      kernel: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      pad: [info.padInfo.top, info.padInfo.left],
    },
    code: tiledConvolution(tile, {
      tile: `
        let across = (uniforms.outShape.z + ${pixels - 1}) / ${pixels};
        let ox0 = (rest % across) * ${pixels};
        rest = rest / across;
        let oy = rest % uniforms.outShape.y;
        let n = rest / uniforms.outShape.y;`,
      step: '1',
      row: `
        let iy = oy * uniforms.stride.x - uniforms.pad.x + ky;
        if (iy < 0 || iy >= uniforms.xShape.y) { continue; }`,
      column: 'let start = ox0 * uniforms.stride.y - uniforms.pad.y + kx;',
      stride: 'uniforms.stride.y',
      filter: 'in × out',
    }),
  });
});
