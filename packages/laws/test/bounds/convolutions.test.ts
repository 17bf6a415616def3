import { describe, expect, it } from 'vitest';
import { type TileGrid, tiledErrors, tiledKernelGradientErrors } from '../../src/bounds/tiledSums.js';
import type { Tracked } from '../../src/bounds/tracked.js';
import { trackInputGradient, trackKernelGradient, trackLinear } from '../../src/bounds/trackLinear.js';
import type { TiledConvolution } from '../../src/tiledConvolution.js';
import { drawn, gamma, rounded, sum, u } from './offBy.js';

// The equations of the docstrings, written naively for one result or one tile at a time.

type Place = readonly [n: number, h: number, w: number];

/** A SAME convolution as a list of its products: the places in input, kernel and output. */
function products(input: readonly number[], kernel: readonly number[]): [number, number, number][] {
  const [batch, height, width, inputs] = input as [number, number, number, number];
  const [rows, columns, , outputs] = kernel as [number, number, number, number];
  const at = ([n, h, w]: Place, c: number, channels: number) => ((n * height + h) * width + w) * channels + c;
  const every = (length: number) => [...new Array(length).keys()];
  return every(batch).flatMap((n) =>
    every(height * width).flatMap((from) =>
      every(height * width).flatMap((to) => {
        const [y, x] = [Math.floor(from / width), from % width];
        const [h, w] = [Math.floor(to / width), to % width];
        // The middle tap lies on the result's own pixel.
        const [i, j] = [y - h + (rows - 1) / 2, x - w + (columns - 1) / 2];
        if (i < 0 || i >= rows || j < 0 || j >= columns) return [];
        return every(inputs * outputs).map((pair): [number, number, number] => [
          at([n, y, x], Math.floor(pair / outputs), inputs),
          ((i * columns + j) * inputs + Math.floor(pair / outputs)) * outputs + (pair % outputs),
          at([n, h, w], pair % outputs, outputs),
        ]);
      }),
    ),
  );
}

/** Sums of a·b over triples of places: value, error carried from the factors, and γₙ of all magnitudes. */
function sums(a: Tracked, b: Tracked, size: number, triples: readonly (readonly [number, number, number])[]) {
  return [...new Array(size).keys()].map((result) => {
    const terms = triples.filter(([, , to]) => to === result);
    const each = terms.map(([ia, ib]) => {
      const [va, ea, vb, eb] = [a.value[ia]!, a.error[ia]!, b.value[ib]!, b.error[ib]!];
      const most = (Math.abs(va) + ea) * (Math.abs(vb) + eb);
      return { value: va * vb, carried: most - Math.abs(va * vb), most, size: Math.abs(va) * b.size };
    });
    const of = (key: 'value' | 'carried' | 'most' | 'size') => sum(each.map((term) => term[key]));
    const carried = of('carried');
    return {
      value: of('value'),
      carried,
      error: carried + gamma(terms.length) * of('most'),
      size: of('size'),
    };
  });
}

describe('convolutions', () => {
  const [input, kernel, output] = [
    [2, 3, 4, 2],
    [3, 3, 2, 3],
    [2, 3, 4, 3],
  ] as [number[], number[], number[]];
  const [x, w, dz] = [drawn('x', input), drawn('w', kernel), drawn('dz', output)];
  const places = products(input, kernel);
  const cases = {
    forward: () => ({
      result: trackLinear(x, w, { unitRoundoff: u }),
      expected: sums(x, w, 72, places),
      shape: output,
    }),
    'gradient with respect to the kernel': () => ({
      result: trackKernelGradient(x, dz, kernel, { unitRoundoff: u }),
      expected: sums(
        x,
        dz,
        54,
        places.map(([ix, iw, iz]) => [ix, iz, iw]),
      ),
      shape: kernel,
    }),
    'gradient with respect to the input': () => ({
      result: trackInputGradient(w, dz, input, { unitRoundoff: u }),
      expected: sums(
        w,
        dz,
        48,
        places.map(([ix, iw, iz]) => [iw, iz, ix]),
      ),
      shape: input,
    }),
  };

  it.each(Object.entries(cases))('%s: each sum of products, and its errors', (_, run) => {
    const { result, expected, shape } = run();
    expect(result.shape).toEqual(shape);
    expect(rounded(result.value)).toEqual(rounded(expected.map(({ value }) => value)));
    expect(rounded(result.error)).toEqual(rounded(expected.map(({ error }) => error)));
    expect(result.size).toBeCloseTo(Math.max(...expected.map(({ size }) => size)), 8);
  });

  it('a dense layer is a convolution of single pixels', () => {
    const [rows, matrix] = [drawn('rows', [5, 2]), drawn('matrix', [2, 3])];
    const asImages = trackLinear(
      { ...rows, shape: [5, 1, 1, 2] },
      { ...matrix, shape: [1, 1, 2, 3] },
      {
        unitRoundoff: u,
      },
    );
    const { shape, value, error } = trackLinear(rows, matrix, { unitRoundoff: u });
    expect(shape).toEqual([5, 3]);
    expect([value, error]).toEqual([asImages.value, asImages.error]);
  });
});

type Matrix = readonly (readonly number[])[];

const times = (a: Matrix, b: Matrix) =>
  a.map((row) => b[0]!.map((_, j) => sum(row.map((each, k) => each * b[k]![j]!))));
const flipped = (a: Matrix) => a[0]!.map((_, j) => a.map((row) => row[j]!));
const around = (m: Matrix, inner: Matrix) => times(times(m, inner), flipped(m));
const entrywise = (a: Matrix, b: Matrix) => a.map((row, i) => row.map((each, j) => each * b[i]![j]!));
const plus = (a: Matrix, b: Matrix) => a.map((row, i) => row.map((each, j) => each + b[i]![j]!));

describe('tiles', () => {
  // Magnitudes of an algorithm F(2×2, 3×3) that does not exist: no two of its numbers are equal by symmetry.
  const algorithm: TiledConvolution = {
    input: [
      [9, 2, 3, 1],
      [4, 8, 2, 3],
      [2, 1, 7, 4],
      [3, 5, 1, 9],
    ],
    kernel: [
      [5, 2, 1],
      [1, 6, 3],
      [2, 3, 4],
      [1, 2, 8],
    ],
    output: [
      [3, 1, 2, 5],
      [2, 4, 1, 6],
    ],
    roundings: 7,
    covers: ([, , inputs]) => inputs === 2,
  };
  const precision = { unitRoundoff: u, tiledConvolutions: [algorithm] };
  const w = drawn('w', [3, 3, 2, 3]);
  /** The first two sizes are not multiples of a tile, the others are. */
  const sizes = [
    [2, 3, 5],
    [1, 2, 4],
  ] as [number, number, number][];
  const [x, dz] = [drawn('x', [2, 3, 5, 2]), drawn('dz', [2, 3, 5, 3])];
  const magnitudes = ({ value, error }: Tracked) => value.map((each, i) => Math.abs(each) + error[i]!);

  /** A square of magnitudes of one channel, with zeros around the image. */
  const square = (of: Tracked, n: number, top: number, left: number, c: number, side: number): Matrix =>
    [...new Array(side).keys()].map((i) =>
      [...new Array(side).keys()].map((j) => {
        const [h, v] = [top + i, left + j];
        const [, height, width, channels] = of.shape as [number, number, number, number];
        const inside = h >= 0 && h < height && v >= 0 && v < width;
        return inside ? magnitudes(of)[((n * height + h) * width + v) * channels + c]! : 0;
      }),
    );
  const tap = (d: number, c: number, turned = false): Matrix =>
    [0, 1, 2].map((i) =>
      [0, 1, 2].map((j) => magnitudes(w)[((turned ? (2 - i) * 3 + 2 - j : i * 3 + j) * 2 + d) * 3 + c]!),
    );
  /** Image, first row and first column of each tile. */
  const tilesOf = ([batch, height, width]: [number, number, number]) => {
    const starts = (count: number) => [...new Array(Math.ceil(count / 2)).keys()].map((at) => 2 * at);
    return [...new Array(batch).keys()].flatMap((n) =>
      starts(height).flatMap((top) => starts(width).map((left) => [n, top, left] as const)),
    );
  };

  /** γ·|Aᵀ|[Σ (|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| of every result inside the image. */
  function errorsOf(of: Tracked, inputs: number, outputs: number, filter: (d: number, c: number) => Matrix) {
    const errors = new Float64Array(30 * outputs);
    const terms = (inputs + 7) / (1024 - inputs - 7);
    for (const [n, top, left] of tilesOf([2, 3, 5]))
      for (let c = 0; c < outputs; c++) {
        const parts = [...new Array(inputs).keys()].map((d) =>
          entrywise(
            around(algorithm.kernel, filter(d, c)),
            around(algorithm.input, square(of, n, top - 1, left - 1, d, 4)),
          ),
        );
        for (const [i, row] of around(algorithm.output, parts.reduce(plus)).entries())
          for (const [j, each] of row.entries())
            if (top + i < 3 && left + j < 5)
              errors[((n * 3 + top + i) * 5 + left + j) * outputs + c] = terms * each;
      }
    return errors;
  }
  const direct = { unitRoundoff: u };
  /** The carried part of the errors, without the rounding of direct sums. */
  const carried = (run: (roundoff: number) => Tracked) => run(2 ** -60).error;

  it('forward, and backward to the input by the turned filter: carried errors and those of tiles', () => {
    const forward = errorsOf(x, 2, 3, (d, c) => tap(d, c));
    const fromFactors = carried((unitRoundoff) => trackLinear(x, w, { unitRoundoff }));
    const { value, error } = trackLinear(x, w, precision);
    expect(value).toEqual(trackLinear(x, w, direct).value);
    expect(rounded(error)).toEqual(rounded(forward.map((each, i) => fromFactors[i]! + each)));
    const back = errorsOf(dz, 3, 2, (d, c) => tap(c, d, true));
    const carriedBack = carried((unitRoundoff) => trackInputGradient(w, dz, x.shape, { unitRoundoff }));
    const dx = trackInputGradient(w, dz, x.shape, precision);
    expect(rounded(dx.error)).toEqual(rounded(back.map((each, i) => carriedBack[i]! + each)));
  });

  it.each(sizes)('backward to the filter, %d×%d×%d: γ·|Gᵀ|[Σ (|Bᵀ||x||B|) ⊙ (|A||δ||Aᵀ|)]|G|', (...size) => {
    const [input, slope] = [drawn('x', [...size, 2]), drawn('dz', [...size, 3])];
    const fromFactors = carried((unitRoundoff) =>
      trackKernelGradient(input, slope, w.shape, { unitRoundoff }),
    );
    const dw = trackKernelGradient(input, slope, w.shape, precision);
    const tiles = tilesOf(size);
    const expected = new Float64Array(54);
    for (let d = 0; d < 2; d++)
      for (let c = 0; c < 3; c++) {
        const parts = tiles.map(([n, top, left]) =>
          entrywise(
            around(algorithm.input, square(input, n, top - 1, left - 1, d, 4)),
            around(flipped(algorithm.output), square(slope, n, top, left, c, 2)),
          ),
        );
        for (const [i, row] of around(flipped(algorithm.kernel), parts.reduce(plus)).entries())
          for (const [j, each] of row.entries()) {
            const at = ((i * 3 + j) * 2 + d) * 3 + c;
            expected[at] = fromFactors[at]! + gamma(tiles.length + 7) * each;
          }
      }
    expect(rounded(dw.error)).toEqual(rounded(expected));
  });

  it('count only where the algorithm covers the kernel, of its own size, and exceed direct sums', () => {
    const errorWith = (change: Partial<TiledConvolution>, kernel = w) =>
      trackLinear(x, kernel, {
        unitRoundoff: u,
        tiledConvolutions: [{ ...algorithm, ...change }],
      }).error;
    const directly = trackLinear(x, w, direct).error;
    expect(errorWith({ covers: () => false })).toEqual(directly);
    expect(errorWith({ output: algorithm.output.map((row) => row.map(() => 0)) })).toEqual(directly);
    for (const shape of [
      [1, 1, 2, 3],
      [3, 1, 2, 3],
      [1, 3, 2, 3],
      [5, 5, 2, 3],
    ]) {
      const other = drawn('other', shape);
      expect(errorWith({}, other)).toEqual(trackLinear(x, other, direct).error);
    }
    const [rows, matrix] = [drawn('rows', [4, 3]), drawn('matrix', [3, 3])];
    const everything = { ...precision, tiledConvolutions: [{ ...algorithm, covers: () => true }] };
    expect(trackLinear(rows, matrix, everything).error).toEqual(trackLinear(rows, matrix, direct).error);
  });

  describe('of another grid: more inputs than points, and first tiles that begin before the edges', () => {
    const form = {
      ...algorithm,
      input: algorithm.input.map((row, i) => [...row, i + 1]),
    };
    const grid: TileGrid = {
      results: [3, 4],
      step: 3,
      inputBefore: [2, 1],
      resultBefore: [1, 0],
      productsPerChannel: 5,
    };
    const images: Tracked = { ...x, error: x.error.map(() => 0) };
    const filter: Tracked = { ...w, error: w.error.map(() => 0) };
    const wholeTap = (d: number, c: number): Matrix =>
      [0, 1, 2].map((i) => [0, 1, 2].map((j) => Math.abs(filter.value[((i * 3 + j) * 2 + d) * 3 + c]!)));
    const reach = (of: Tracked) => ({ shape: of.shape, values: magnitudes(of) });
    /** The tile of a result along an axis, the place in it, and the first input of the tile. */
    const along = (at: number, axis: 0 | 1) => {
      const place = at + grid.resultBefore[axis];
      return { place: place % 2, first: Math.floor(place / 2) * 3 - grid.inputBefore[axis] };
    };

    it('γ_{5D+7}·|Aᵀ|[(|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| of each result', () => {
      const actual = tiledErrors(reach(images), reach(filter), form, u, grid);
      const expected = [0, 1].flatMap((n) =>
        [0, 1, 2].flatMap((h) =>
          [0, 1, 2, 3].flatMap((v) =>
            [0, 1, 2].map((c) => {
              const [row, column] = [along(h, 0), along(v, 1)];
              const parts = [0, 1].map((d) =>
                entrywise(
                  around(form.kernel, wholeTap(d, c)),
                  around(form.input, square(images, n, row.first, column.first, d, 5)),
                ),
              );
              return gamma(5 * 2 + 7) * around(form.output, parts.reduce(plus))[row.place]![column.place]!;
            }),
          ),
        ),
      );
      expect(rounded(actual)).toEqual(rounded(expected));
    });

    it('γ_{tiles+7}·|Gᵀ|[Σ (|Bᵀ||x||B|) ⊙ (|A||δ||Aᵀ|)]|G|', () => {
      const slope = drawn('slope', [2, 3, 4, 3]);
      const onEdge: TileGrid = { ...grid, resultBefore: [0, 0] };
      const actual = tiledKernelGradientErrors(reach(images), reach(slope), form, u, onEdge);
      const corners = [0, 1].flatMap((n) =>
        [0, 1].flatMap((row) => [0, 1].map((column) => [n, row, column] as const)),
      );
      const expected = new Float64Array(54);
      for (const [d, c] of [0, 1].flatMap((channel) =>
        [0, 1, 2].map((result) => [channel, result] as const),
      )) {
        const parts = corners.map(([n, row, column]) =>
          entrywise(
            around(form.input, square(images, n, 3 * row - 2, 3 * column - 1, d, 5)),
            around(flipped(form.output), square(slope, n, 2 * row, 2 * column, c, 2)),
          ),
        );
        for (const [i, line] of around(flipped(form.kernel), parts.reduce(plus)).entries())
          for (const [j, each] of line.entries())
            expected[((i * 3 + j) * 2 + d) * 3 + c] = gamma(8 + 7) * each;
      }
      expect(rounded(actual)).toEqual(rounded(expected));
    });
  });
});
