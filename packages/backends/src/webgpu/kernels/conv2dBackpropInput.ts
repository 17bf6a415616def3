import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ConvAttrs, type ConvInfo, convInfo } from './convInfo.js';
import { runShader } from './program.js';
import { channelTile, pixels, tiledConvolution } from './tiledConvolution.js';
import { callKernel, release, webgpuKernel } from './webgpuKernel.js';

type Inputs = { dy: TensorInfo; filter: TensorInfo };
type Attrs = ConvAttrs & { readonly inputShape: [number, number, number, number] };

/**
 * dX[n, iy, ix, d] = Σ_ky Σ_kx Σ_c dy[n, (iy + p − ky)/s, (ix + p − kx)/s, c] · w[ky, kx, d, c], over the ky and kx for
 * which the quotients are integers and in range: one program.
 *
 * At stride 1 that is the convolution of dy with the filter rotated by 180°. On a GPU the backend's `Conv2D`, which shares
 * tiles between invocations, computes that: two programs.
 */
export function conv2dBackpropInput({ software }: { readonly software: boolean }) {
  return webgpuKernel<Inputs, Attrs>('Conv2DBackpropInput', ({ dy, filter }, attrs, backend) => {
    const info = convInfo(attrs.inputShape, filter.shape, attrs);
    if (info === undefined) return undefined;
    const isTurned = !software && info.strideHeight === 1 && info.strideWidth === 1 && fitsTurned(info);
    return isTurned ? byForward(backend, dy, filter, info) : byTiles(backend, dy, filter, info);
  });
}

/** Whether the convolution with the rotated filter needs no negative padding. */
function fitsTurned({ padInfo, filterHeight, filterWidth }: ConvInfo): boolean {
  const { top, bottom, left, right } = padInfo;
  return Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
}

function byForward(backend: WebGPUBackend, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const { padInfo, filterHeight, filterWidth } = info;
  const turned = turnedFilter(backend, filter);
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  // Computed from the input's size: padInfo may differ, where the rounding of the output's size dropped some of it.
  const bottom = info.inHeight + filterHeight - 1 - info.outHeight - top;
  const right = info.inWidth + filterWidth - 1 - info.outWidth - left;
  const dx = callKernel(
    backend,
    'Conv2D',
    { x: dy, filter: turned },
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
  release(backend, turned);
  return dx;
}

/** [KH, KW, C, D]: the filter [KH, KW, D, C] rotated by 180°, its channels exchanged. */
function turnedFilter(backend: WebGPUBackend, filter: TensorInfo): TensorInfo {
  const [height, width, inChannels, outChannels] = filter.shape as [number, number, number, number];
  return runShader(backend, {
    key: 'turnedFilter',
    inputs: { w: filter },
    outputShape: [height, width, outChannels, inChannels],
    lanes: 1,
    invocations: util.sizeFromShape(filter.shape),
    code: `
      let d = index % uniforms.outShape.w;
      let c = index / uniforms.outShape.w % uniforms.outShape.z;
      let tap = index / (uniforms.outShape.w * uniforms.outShape.z);
      let last = uniforms.outShape.x * uniforms.outShape.y - 1;
      result[index] = w[((last - tap) * uniforms.outShape.w + d) * uniforms.outShape.z + c];`,
  });
}

/** The pixels of a tile are one stride apart, so that the same columns of the filter contribute to all of them. */
function byTiles(backend: WebGPUBackend, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const tile = channelTile(info.outChannels, info.inChannels);
  const { inLanes, lanes, vectors } = tile;
  const across = info.strideWidth * Math.ceil(info.inWidth / (info.strideWidth * pixels));
  return runShader(backend, {
    key: `conv2dBackpropInput_${inLanes}_${vectors}`,
    inputs: { x: dy, w: filter },
    inputLanes: { x: inLanes, w: inLanes },
    outputShape: info.inShape,
    lanes,
    invocations: (info.batchSize * info.inHeight * across * info.inChannels) / (lanes * vectors),
    integers: {
      kernel: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      pad: [info.padInfo.top, info.padInfo.left],
      across: [across],
    },
    code: tiledConvolution(tile, {
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
      filter: 'out × in',
    }),
  });
}
