import type { RandomStream } from '@normlab/random';
import { type Colour, colourApartFrom, paintFigure, randomColour, randomDirection, side } from './canvas.js';
import { type Figure, figures } from './figures.js';

/**
 * Draws one image of a class into `pixels`: background, clutter, the figure, something in front of
 * it, noise.
 *
 * Place, size, rotation, stretch and both colours are random, so that no colour, mean or single pixel reveals the
 * class.
 */
export function drawImage(className: string, stream: RandomStream, pixels: Uint8Array): void {
  const canvas = new Float64Array(side * side * 3);
  const ground = randomColour(stream);
  paintGround(canvas, ground, stream);
  const specks = stream.integer(4);
  for (let i = 0; i < specks; i++) paintSpeck(canvas, stream);
  const size = stream.uniform(8.5, 11.5);
  const pose = {
    x: stream.uniform(14, 18),
    y: stream.uniform(14, 18),
    scaleU: size * stream.uniform(0.85, 1.15),
    scaleV: size * stream.uniform(0.85, 1.15),
    direction: randomDirection(stream),
  };
  paintFigure(canvas, figures[className]!(stream), pose, colourApartFrom(ground, stream));
  if (stream.uniform() < 0.3) paintBar(canvas, stream);
  finish(canvas, stream, pixels);
}

/** A gradient from one colour to another, plus a smoothly interpolated coarse grid of random shades. */
function paintGround(canvas: Float64Array, ground: Colour, stream: RandomStream): void {
  const cells = 4;
  const [dx, dy] = randomDirection(stream);
  const slope = Array.from({ length: 3 }, () => stream.uniform(-50, 50));
  const shades = Float64Array.from({ length: (cells + 1) * (cells + 1) * 3 }, () => stream.uniform(-32, 32));
  const shade = (row: number, column: number, c: number) => shades[(row * (cells + 1) + column) * 3 + c]!;
  for (let row = 0; row < side; row++) {
    const gridRow = (row * cells) / side;
    const upper = Math.floor(gridRow);
    const down = gridRow - upper;
    for (let column = 0; column < side; column++) {
      const gridColumn = (column * cells) / side;
      const left = Math.floor(gridColumn);
      const across = gridColumn - left;
      const along = ((column - side / 2) * dx + (row - side / 2) * dy) / (side / 2);
      for (let c = 0; c < 3; c++) {
        const above = shade(upper, left, c) * (1 - across) + shade(upper, left + 1, c) * across;
        const below = shade(upper + 1, left, c) * (1 - across) + shade(upper + 1, left + 1, c) * across;
        canvas[(row * side + column) * 3 + c] =
          ground[c]! + slope[c]! * along + above * (1 - down) + below * down;
      }
    }
  }
}

/** A small disc or splinter at any place, in any colour. */
function paintSpeck(canvas: Float64Array, stream: RandomStream): void {
  const size = stream.uniform(1, 2.5);
  const speck = stream.uniform() < 0.5 ? disc : block;
  const pose = {
    x: stream.uniform(0, side),
    y: stream.uniform(0, side),
    scaleU: size,
    scaleV: size * stream.uniform(0.4, 1),
    direction: randomDirection(stream),
  };
  paintFigure(canvas, speck, pose, randomColour(stream));
}

/** A thin bar through the middle region, in front of the figure. */
function paintBar(canvas: Float64Array, stream: RandomStream): void {
  const pose = {
    x: stream.uniform(8, 24),
    y: stream.uniform(8, 24),
    scaleU: stream.uniform(5, 12),
    scaleV: stream.uniform(0.8, 1.6),
    direction: randomDirection(stream),
  };
  paintFigure(canvas, block, pose, randomColour(stream));
}

/** Adds noise and clips to bytes. One draw per pixel gives three numbers of 10 bits, one per channel. */
function finish(canvas: Float64Array, stream: RandomStream, pixels: Uint8Array): void {
  const spread = stream.uniform(4, 20) / 1024;
  for (let at = 0; at < canvas.length; at += 3) {
    const bits = stream.integer(1 << 30);
    pixels[at] = toByte(canvas[at]! + ((bits & 1023) - 511.5) * spread);
    pixels[at + 1] = toByte(canvas[at + 1]! + (((bits >> 10) & 1023) - 511.5) * spread);
    pixels[at + 2] = toByte(canvas[at + 2]! + ((bits >> 20) - 511.5) * spread);
  }
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

const disc: Figure = (u, v) => u * u + v * v < 1;
const block: Figure = (u, v) => Math.abs(u) < 1 && Math.abs(v) < 1;
