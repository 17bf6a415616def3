import { component, lanesFor, largestDivisor } from './channels.js';
import { repeat } from './program.js';

/** How many pixels of one row an invocation computes. */
export const pixels = 4;

/** How many channels of the result an invocation computes at most. */
const mostChannels = 8;

/** How a shader of {@link tiledConvolution} reads and writes channels, for the channels of its input and its result. */
export type ChannelTile = {
  /** Channels of x per element of its buffer. */
  readonly inLanes: 1 | 4;
  /** Channels of the result per element of its buffer. */
  readonly lanes: 1 | 4;
  /** Elements of the result's buffer per pixel that an invocation computes. */
  readonly vectors: number;
};

export function channelTile(inChannels: number, outChannels: number): ChannelTile {
  const lanes = lanesFor(outChannels);
  return {
    inLanes: lanesFor(inChannels),
    lanes,
    vectors: largestDivisor(outChannels / lanes, mostChannels / lanes),
  };
}

/** How the shader finds its operands: WGSL code that may use the names in the comment of each property. */
export type Walk = {
  /** Declares `n`, `oy` and `ox0` from `rest`, the tile's index; pixel p of the tile is at column `ox0 + p · step`. */
  readonly tile: string;
  readonly step: string;
  /** Declares `iy`, the input's row, from `oy` and `ky`; continues with the next `ky` if there is no such row. */
  readonly row: string;
  /**
   * Declares `start`, the input's column for pixel 0, from `ox0` and `kx`; continues with the next `kx` if there is no
   * such column.
   */
  readonly column: string;
  /** The distance of the input's columns for adjacent pixels of the tile. */
  readonly stride: string;
  /** Which of the last two axes of `w` are the channels of x and of the result. */
  readonly filter: 'in × out' | 'out × in';
};

/**
 * Body of a shader that convolves `x` [N, H, W, D] with `w` [KH, KW, D, C] or [KH, KW, C, D]. Each invocation computes a
 * tile of {@link pixels} pixels × some channels. Buffers whose channels are no multiple of four are read as numbers, the
 * others as vectors; `w` has the lanes of its last axis.
 *
 * The sums are in registers. There is no shared memory and no barrier, which are slow on software adapters.
 */
export function tiledConvolution({ inLanes, lanes, vectors }: ChannelTile, walk: Walk): string {
  const eachSum = (line: (pixel: number, vector: number) => string) =>
    repeat(pixels, (pixel) => repeat(vectors, (vector) => line(pixel, vector)));
  const byRows = {
    first: '(ky * uniforms.kernel.y + kx) * uniforms.xShape.w * outVectors + c',
    products: repeat(
      inLanes,
      (lane) => `{
        let wAt = first + (d * ${inLanes} + ${lane}) * outVectors;
        ${repeat(vectors, (v) => `let w${v} = w[wAt + ${v}];`)}
        ${eachSum((p, v) => `a${p}_${v} = fma(T(${component(`x${p}`, lane, inLanes)}), w${v}, a${p}_${v});`)}
      }`,
    ),
  };
  const byColumns = {
    first: `((ky * uniforms.kernel.y + kx) * uniforms.outShape.w + c * ${lanes}) * inVectors`,
    products: repeat(vectors, (v) =>
      repeat(
        lanes,
        (lane) => `{
          let w0 = w[first + ${v * lanes + lane} * inVectors + d];
          ${repeat(pixels, (p) => {
            const sum = component(`a${p}_${v}`, lane, lanes);
            return `${sum} ${inLanes === 4 ? `+= dot(x${p}, w0)` : `= fma(x${p}, w0, ${sum})`};`;
          })}
        }`,
      ),
    ),
  };
  // Selected, not a product with 0: NaN and infinity at the edge are not in the padding.
  const zero = inLanes === 4 ? 'vec4<f32>(0.0)' : '0.0';
  const { first, products } = walk.filter === 'in × out' ? byRows : byColumns;
  return `
    let inVectors = uniforms.xShape.w / ${inLanes};
    let outVectors = uniforms.outShape.w / ${lanes};
    var rest = index;
    let c = (rest % (outVectors / ${vectors})) * ${vectors};
    rest = rest / (outVectors / ${vectors});
    ${walk.tile}
    ${eachSum((p, v) => `var a${p}_${v} = T(0.0);`)}
    for (var ky = 0; ky < uniforms.kernel.x; ky++) {
      ${walk.row}
      let line = (n * uniforms.xShape.y + iy) * uniforms.xShape.z;
      for (var kx = 0; kx < uniforms.kernel.y; kx++) {
        ${walk.column}
        ${repeat(
          pixels,
          (p) => `
            let ix${p} = start + ${p} * ${walk.stride};
            let inside${p} = ix${p} >= 0 && ix${p} < uniforms.xShape.z;
            let at${p} = (line + clamp(ix${p}, 0, uniforms.xShape.z - 1)) * inVectors;`,
        )}
        let first = ${first};
        for (var d = 0; d < inVectors; d++) {
          ${repeat(pixels, (p) => `let x${p} = select(${zero}, x[at${p} + d], inside${p});`)}
          ${products}
        }
      }
    }
    let at = ((n * uniforms.outShape.y + oy) * uniforms.outShape.z + ox0) * outVectors + c;
    ${repeat(
      pixels,
      (p) => `
        if (ox0 + ${p} * ${walk.step} < uniforms.outShape.z) {
          ${repeat(vectors, (v) => `result[at + ${p} * ${walk.step} * outVectors + ${v}] = a${p}_${v};`)}
        }`,
    )}`;
}
