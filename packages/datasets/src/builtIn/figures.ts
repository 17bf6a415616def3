import type { RandomStream } from '@normlab/random';

/**
 * Whether the point (u, v) in the figure's own coordinates is painted; figures roughly fill the unit disc.
 *
 * Uses only +, −, ×, ÷ and comparisons, so that every machine paints the same pixels.
 */
export type Figure = (u: number, v: number) => boolean;

/** The ten figures by class name, alphabetical; each call draws new random details. */
export const figures: Readonly<Record<string, (stream: RandomStream) => Figure>> = {
  checks(stream) {
    const pitch = stream.uniform(2, 2.8);
    const outline = anyOutline(stream);
    return (u, v) => outline(u, v) && (Math.floor(u * pitch) + Math.floor(v * pitch)) % 2 === 0;
  },
  crescent(stream) {
    const shift = stream.uniform(0.4, 0.55);
    const squared = stream.uniform(0.62, 0.74);
    return (u, v) => u * u + v * v < 0.95 && (u - shift) * (u - shift) + v * v > squared;
  },
  cross(stream) {
    const half = stream.uniform(0.22, 0.32);
    return (u, v) => (Math.abs(u) < half && Math.abs(v) < 0.95) || (Math.abs(v) < half && Math.abs(u) < 0.95);
  },
  disc: () => (u, v) => u * u + v * v < 0.8,
  dots(stream) {
    const pitch = stream.uniform(1.5, 1.9);
    const squared = stream.uniform(0.08, 0.11);
    return (u, v) => {
      const across = u * pitch - Math.round(u * pitch);
      const down = v * pitch - Math.round(v * pitch);
      return Math.abs(u) < 1 && Math.abs(v) < 1 && across * across + down * down < squared;
    };
  },
  ring(stream) {
    const hole = stream.uniform(0.28, 0.42);
    return (u, v) => u * u + v * v < 0.9 && u * u + v * v > hole;
  },
  square: () => (u, v) => Math.abs(u) < 0.76 && Math.abs(v) < 0.76,
  star(stream) {
    const apothem = stream.uniform(0.36, 0.44);
    return (u, v) => {
      let behind = 0;
      for (let line = 0; line < 5; line++) {
        if (u * normalsX[line]! + v * normalsY[line]! < apothem) behind++;
      }
      return behind >= 4;
    };
  },
  stripes(stream) {
    const pitch = stream.uniform(1.5, 2.1);
    const phase = stream.uniform();
    const outline = anyOutline(stream);
    return (u, v) => outline(u, v) && u * pitch + phase - Math.floor(u * pitch + phase) < 0.5;
  },
  triangle: () => (u, v) => v > -0.5 && v < 1 - rootOf3 * Math.abs(u),
};

/** The normals of a pentagram's five lines: cos and sin of 0°, 72°, 144°, 216°, 288°. */
const normalsX = [1, 0.30901699437494745, -0.8090169943749475, -0.8090169943749475, 0.30901699437494745];
const normalsY = [0, 0.9510565162951535, 0.5877852522924731, -0.5877852522924731, -0.9510565162951535];

/** The slope of an equilateral triangle's sides. */
const rootOf3 = 1.7320508075688772;

/** A patch of texture is cut out as a disc or a square at random, so that its outline does not reveal the class. */
function anyOutline(stream: RandomStream): Figure {
  return stream.uniform() < 0.5
    ? (u, v) => u * u + v * v < 1
    : (u, v) => Math.abs(u) < 0.85 && Math.abs(v) < 0.85;
}
