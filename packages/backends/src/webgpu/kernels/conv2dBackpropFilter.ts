import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { component, lanesFor, largestDivisor } from './channels.js';
import { type ConvAttrs, type ConvInfo, convInfo } from './convInfo.js';
import { repeat, runShader } from './program.js';
import { release, webgpuKernel } from './webgpuKernel.js';

type Inputs = { x: TensorInfo; dy: TensorInfo };
type Attrs = ConvAttrs & { readonly filterShape: [number, number, number, number] };

/** The most input channels × output channels of the filter's gradient that one invocation computes. */
const tile = { input: 8, output: 8 };

/**
 * dW[ky, kx, d, c] = Σₙ Σ_oy Σ_ox x[n, oy·s − p + ky, ox·s − p + kx, d] · dy[n, oy, ox, c]
 *
 * Each invocation keeps a tile of dW in registers while it loops over pixels. The rows of dy are divided into parts, so
 * that there are enough invocations for the adapter; the sums of the parts are added at the end, in order.
 */
export function conv2dBackpropFilter(invocationsWanted: number) {
  return webgpuKernel<Inputs, Attrs>('Conv2DBackpropFilter', ({ x, dy }, attrs, backend) => {
    const info = convInfo(x.shape, attrs.filterShape, attrs);
    if (info === undefined) return undefined;
    const partial = sumParts(backend, x, dy, info, invocationsWanted);
    return addParts(backend, partial, attrs.filterShape);
  });
}

type PartTile = {
  readonly inLanes: 1 | 4;
  readonly lanes: 1 | 4;
  readonly rows: number;
  readonly columns: number;
};

/** [parts, KH, KW, D, C]: what each part of the rows of dy adds to the gradient. */
function sumParts(
  backend: WebGPUBackend,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvInfo,
  invocationsWanted: number,
): TensorInfo {
  const [inLanes, lanes] = [lanesFor(info.inChannels), lanesFor(info.outChannels)];
  const rows = inLanes * largestDivisor(info.inChannels / inLanes, tile.input / inLanes);
  const columns = largestDivisor(info.outChannels / lanes, tile.output / lanes);
  const tiles =
    ((info.filterHeight * info.filterWidth * info.inChannels) / rows) *
    (info.outChannels / (lanes * columns));
  const parts = Math.min(info.batchSize * info.outHeight, Math.max(1, Math.ceil(invocationsWanted / tiles)));
  return runShader(backend, {
    key: `conv2dBackpropFilter_${inLanes}_${rows}_${columns}`,
    inputs: { x, dy },
    inputLanes: { x: inLanes },
    outputShape: [parts, ...info.filterShape],
    lanes,
    invocations: tiles * parts,
    integers: {
      kernel: [info.filterHeight, info.filterWidth],
      stride: [info.strideHeight, info.strideWidth],
      pad: [info.padInfo.top, info.padInfo.left],
      parts: [parts],
    },
    code: partCode({ inLanes, lanes, rows, columns }),
  });
}

/** Code of one invocation, for `rows` input channels × `columns` elements of dy's buffer. */
function partCode({ inLanes, lanes, rows, columns }: PartTile): string {
  const x = (row: number) => component(`x${Math.floor(row / inLanes)}`, row % inLanes, inLanes);
  return `
    let inVectors = uniforms.xShape.w / ${inLanes};
    let outVectors = uniforms.dyShape.w / ${lanes};
    var rest = index;
    let c = (rest % (outVectors / ${columns})) * ${columns};
    rest = rest / (outVectors / ${columns});
    let d = (rest % (uniforms.xShape.w / ${rows})) * ${rows};
    rest = rest / (uniforms.xShape.w / ${rows});
    let kx = rest % uniforms.kernel.y;
    rest = rest / uniforms.kernel.y;
    let ky = rest % uniforms.kernel.x;
    let part = rest / uniforms.kernel.x;

    // The first and last columns of dy whose column of x is not padding.
    let first = max(0, (uniforms.pad.y - kx + uniforms.stride.y - 1) / uniforms.stride.y);
    let reach = uniforms.xShape.z - 1 + uniforms.pad.y - kx;
    let last = min(uniforms.dyShape.z - 1, select(-1, reach / uniforms.stride.y, reach >= 0));

    let allRows = uniforms.dyShape.x * uniforms.dyShape.y;
    let share = (allRows + uniforms.parts - 1) / uniforms.parts;
    ${repeat(rows, (row) => repeat(columns, (column) => `var a${row}_${column} = T(0.0);`))}
    for (var row = part * share; row < min(allRows, (part + 1) * share); row++) {
      let iy = (row % uniforms.dyShape.y) * uniforms.stride.x - uniforms.pad.x + ky;
      if (iy < 0 || iy >= uniforms.xShape.y) { continue; }
      let line = (row / uniforms.dyShape.y * uniforms.xShape.y + iy) * uniforms.xShape.z;
      var xAt = (line + first * uniforms.stride.y - uniforms.pad.y + kx) * inVectors + d / ${inLanes};
      var dyAt = (row * uniforms.dyShape.z + first) * outVectors + c;
      for (var ox = first; ox <= last; ox++) {
        ${repeat(rows / inLanes, (vector) => `let x${vector} = x[xAt + ${vector}];`)}
        ${repeat(columns, (column) => `let dy${column} = dy[dyAt + ${column}];`)}
        ${repeat(rows, (row) =>
          repeat(
            columns,
            (column) => `a${row}_${column} = fma(T(${x(row)}), dy${column}, a${row}_${column});`,
          ),
        )}
        xAt += uniforms.stride.y * inVectors;
        dyAt += outVectors;
      }
    }
    let at = (((part * uniforms.kernel.x + ky) * uniforms.kernel.y + kx) * uniforms.xShape.w + d) * outVectors + c;
    ${repeat(rows, (row) =>
      repeat(columns, (column) => `result[at + ${row} * outVectors + ${column}] = a${row}_${column};`),
    )}`;
}

/** The sum over the first axis of `parts`; releases `parts`. */
function addParts(backend: WebGPUBackend, parts: TensorInfo, shape: readonly number[]): TensorInfo {
  if (parts.shape[0] === 1) return { ...parts, shape: [...shape] };
  const size = util.sizeFromShape([...shape]);
  const lanes = lanesFor(size);
  const sum = runShader(backend, {
    key: 'addParts',
    inputs: { x: { ...parts, shape: [parts.shape[0]!, size] } },
    outputShape: shape,
    lanes,
    invocations: size / lanes,
    code: `
      var sum = x[index];
      for (var part = 1; part < uniforms.xShape.x; part++) {
        sum += x[part * uniforms.invocations + index];
      }
      result[index] = sum;`,
  });
  release(backend, parts);
  return sum;
}
