import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { cutChannels, padChannels } from './channels.js';
import { type ConvAttrs, type ConvInfo, convInfo } from './convInfo.js';
import { runShader } from './program.js';
import { pixels, tiledConvolution, vectorsPerTile } from './tiledConvolution.js';
import { callKernel, release, webgpuKernel } from './webgpuKernel.js';

type Inputs = { dy: TensorInfo; filter: TensorInfo };
type Attrs = ConvAttrs & { readonly inputShape: [number, number, number, number] };

/**
 * dX[n, iy, ix, d] = Σ_ky Σ_kx Σ_c dy[n, (iy + p − ky)/s, (ix + p − kx)/s, c] · w[ky, kx, d, c], over the ky and kx for
 * which the quotients are integers and in range.
 *
 * At stride 1 that is the convolution of dy with the filter rotated by 180°, which the backend's `Conv2D` computes.
 */
export const conv2dBackpropInput = webgpuKernel<Inputs, Attrs>(
  'Conv2DBackpropInput',
  ({ dy, filter }, attrs, backend) => {
    const info = convInfo(attrs.inputShape, filter.shape, attrs);
    if (info === undefined) return undefined;
    const turned = info.strideHeight === 1 && info.strideWidth === 1 && fitsTurned(info);
    return turned ? byForward(backend, dy, filter, info) : byTiles(backend, dy, filter, info);
  },
);

/** Whether the convolution with the rotated filter needs no negative padding. */
function fitsTurned({ padInfo, filterHeight, filterWidth }: ConvInfo): boolean {
  const { top, bottom, left, right } = padInfo;
  return Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
}

function byForward(backend: WebGPUBackend, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const { padInfo, filterHeight, filterWidth } = info;
  const turned = callKernel(backend, 'Reverse', { x: filter }, { dims: [0, 1] });
  const swapped = callKernel(backend, 'Transpose', { x: turned }, { perm: [0, 1, 3, 2] });
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  // Computed from the input's size: padInfo may differ, where the rounding of the output's size dropped some of it.
  const bottom = info.inHeight + filterHeight - 1 - info.outHeight - top;
  const right = info.inWidth + filterWidth - 1 - info.outWidth - left;
  const dx = callKernel(
    backend,
    'Conv2D',
    { x: dy, filter: swapped },
    {
      strides: [1, 1],
      pad: [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
      dataFormat: 'NHWC',
      dilations: [1, 1],
    },
  );
  release(backend, turned, swapped);
  return dx;
}

/** The pixels of a tile are one stride apart, so that the same columns of the filter contribute to all of them. */
function byTiles(backend: WebGPUBackend, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const gradient = padChannels(backend, dy, [3]);
  const weights = padChannels(backend, filter, [2, 3]);
  const swapped = callKernel(backend, 'Transpose', { x: weights.padded }, { perm: [0, 1, 3, 2] });
  weights.giveBack();
  const channels = swapped.shape[3]!;
  const vectors = vectorsPerTile(channels);
  const across = info.strideWidth * Math.ceil(info.inWidth / (info.strideWidth * pixels));
  const dx = runShader(backend, {
    key: `conv2dBackpropInput_${vectors}`,
    inputs: { x: gradient.padded, w: swapped },
    outputShape: [info.batchSize, info.inHeight, info.inWidth, channels],
    lanes: 4,
    invocations: (info.batchSize * info.inHeight * across * channels) / (4 * vectors),
    integers: {
      kernel: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      pad: [info.padInfo.top, info.padInfo.left],
      across: [across],
    },
    code: tiledConvolution(vectors, {
      tile: `
        let tile = rest % uniforms.across;
        let ox0 = tile / uniforms.stride.y * uniforms.stride.y * ${pixels} + tile % uniforms.stride.y;
        rest = rest / uniforms.across;
        let oy = rest % uniforms.outShape.y;
        let n = rest / uniforms.outShape.y;`,
      step: 'uniforms.stride.y',
      row: `
        let down = oy + uniforms.pad.x - ky;
        if (down < 0 || down % uniforms.stride.x != 0) { continue; }
        let iy = down / uniforms.stride.x;
        if (iy >= uniforms.xShape.y) { continue; }`,
      column: `
        // Shifted up by a multiple of the stride, so that the division rounds down.
        let right = ox0 + uniforms.pad.y - kx + uniforms.kernel.y * uniforms.stride.y;
        if (right % uniforms.stride.y != 0) { continue; }
        let start = right / uniforms.stride.y - uniforms.kernel.y;`,
      stride: '1',
    }),
  });
  gradient.giveBack();
  release(backend, swapped);
  return cutChannels(backend, dx, info.inShape);
}
