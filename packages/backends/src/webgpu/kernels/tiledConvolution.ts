import { repeat } from './program.js';

/** How many pixels of one row an invocation computes. */
export const pixels = 4;

/** How many vectors of four channels an invocation computes: two, or one where the channels are no multiple of 8. */
export function vectorsPerTile(channels: number): 1 | 2 {
  return channels % 8 === 0 ? 2 : 1;
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
};

/**
 * Body of a shader that convolves `x` [N, H, W, D] with `w` [KH, KW, D, C], both in vectors of four. Each invocation
 * computes a tile of {@link pixels} pixels × `vectors` vectors of channels.
 *
 * The sums are in registers. There is no shared memory and no barrier, which are slow on software adapters.
 */
export function tiledConvolution(vectors: number, walk: Walk): string {
  const eachSum = (line: (pixel: number, vector: number) => string) =>
    repeat(pixels, (pixel) => repeat(vectors, (vector) => line(pixel, vector)));
  return `
    let inVectors = uniforms.xShape.w / 4;
    let outVectors = uniforms.outShape.w / 4;
    var rest = index;
    let c = (rest % (outVectors / ${vectors})) * ${vectors};
    rest = rest / (outVectors / ${vectors});
    ${walk.tile}
    ${eachSum((p, v) => `var a${p}_${v} = vec4<f32>(0.0);`)}
    for (var ky = 0; ky < uniforms.kernel.x; ky++) {
      ${walk.row}
      let line = (n * uniforms.xShape.y + iy) * uniforms.xShape.z;
      for (var kx = 0; kx < uniforms.kernel.y; kx++) {
        ${walk.column}
        ${repeat(
          pixels,
          (p) => `
            let ix${p} = start + ${p} * ${walk.stride};
            let inside${p} = f32(ix${p} >= 0 && ix${p} < uniforms.xShape.z);
            let at${p} = (line + clamp(ix${p}, 0, uniforms.xShape.z - 1)) * inVectors;`,
        )}
        var wAt = (ky * uniforms.kernel.y + kx) * uniforms.xShape.w * outVectors + c;
        for (var d = 0; d < inVectors; d++) {
          ${repeat(pixels, (p) => `let x${p} = inside${p} * x[at${p} + d];`)}
          ${repeat(
            4,
            (lane) => `{
              ${repeat(vectors, (v) => `let w${v} = w[wAt + ${v}];`)}
              ${eachSum((p, v) => `a${p}_${v} = fma(vec4<f32>(x${p}.${'xyzw'[lane]}), w${v}, a${p}_${v});`)}
              wAt += outVectors;
            }`,
          )}
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
