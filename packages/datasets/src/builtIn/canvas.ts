import type { RandomStream } from '@normlab/random';
import type { Figure } from './figures.js';

/** Height and width of a built-in image. */
export const side = 32;

export type Colour = readonly [number, number, number];

/** The place of a figure: origin and axes of its coordinates, in pixels. */
export type Pose = {
  readonly x: number;
  readonly y: number;
  /** Pixels per unit along u and along v. */
  readonly scaleU: number;
  readonly scaleV: number;
  /** Direction of the u axis, of length 1. */
  readonly direction: readonly [number, number];
};

/** Paints a figure over an RGB canvas with four samples per pixel, so that edges are blended. */
export function paintFigure(canvas: Float64Array, figure: Figure, pose: Pose, colour: Colour): void {
  const { x, y, scaleU, scaleV, direction } = pose;
  const [cosine, sine] = direction;
  const reach = 1.5 * Math.max(scaleU, scaleV);
  const bottom = Math.min(side - 1, Math.ceil(y + reach));
  const right = Math.min(side - 1, Math.ceil(x + reach));
  for (let row = Math.max(0, Math.floor(y - reach)); row <= bottom; row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column <= right; column++) {
      let covered = 0;
      for (let sample = 0; sample < 4; sample++) {
        const dx = column + 0.25 + 0.5 * (sample & 1) - x;
        const dy = row + 0.25 + 0.5 * (sample >> 1) - y;
        const u = (dx * cosine + dy * sine) / scaleU;
        const v = (dy * cosine - dx * sine) / scaleV;
        if (figure(u, v)) covered++;
      }
      if (covered > 0) blend(canvas, (row * side + column) * 3, colour, covered / 4);
    }
  }
}

/** A uniformly random direction, by rejection from the unit disc, without sine and cosine. */
export function randomDirection(stream: RandomStream): readonly [number, number] {
  for (;;) {
    const x = stream.uniform(-1, 1);
    const y = stream.uniform(-1, 1);
    const squared = x * x + y * y;
    if (squared <= 1 && squared > 0.01) {
      const length = Math.sqrt(squared);
      return [x / length, y / length];
    }
  }
}

export function randomColour(stream: RandomStream): Colour {
  const grey = stream.uniform(40, 215);
  return [grey + stream.uniform(-40, 40), grey + stream.uniform(-40, 40), grey + stream.uniform(-40, 40)];
}

/** A colour that is lighter or darker than another by at least 60 in every channel. */
export function colourApartFrom(other: Colour, stream: RandomStream): Colour {
  for (;;) {
    const colour = randomColour(stream);
    const apart = colour.map((value, c) => value - other[c]!);
    if (apart.every((gap) => gap > 60) || apart.every((gap) => gap < -60)) return colour;
  }
}

function blend(canvas: Float64Array, at: number, colour: Colour, share: number): void {
  for (let c = 0; c < 3; c++) canvas[at + c]! += (colour[c]! - canvas[at + c]!) * share;
}
