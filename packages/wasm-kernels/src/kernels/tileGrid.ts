import type { TileForm } from './winogradVariants.js';

/** An image with more tiles is divided into strips, so that the transforms stay small. */
const mostTiles = 16;

/** The division of an image into strips of whole tile rows. */
export type TileGrid = {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly strips: number;
  /** Per strip (the last may be smaller): tile rows, tiles, and input pixels covered. */
  readonly rows: number;
  readonly tiles: number;
  readonly framePixels: number;
};

/** The grid whose tiles of results cover `height`×`width`. */
export function tileGrid(form: TileForm, height: number, width: number): TileGrid {
  const tileRows = Math.ceil(height / form.output.length);
  const tileColumns = Math.ceil(width / form.output.length);
  const wantedStrips = Math.ceil(tileRows / Math.max(1, Math.floor(mostTiles / tileColumns)));
  const rows = Math.ceil(tileRows / wantedStrips);
  const frameSide = (tiles: number) => form.inputStep * (tiles - 1) + form.input[0]!.length;
  return {
    tileRows,
    tileColumns,
    strips: Math.ceil(tileRows / rows),
    rows,
    tiles: rows * tileColumns,
    framePixels: frameSide(rows) * frameSide(tileColumns),
  };
}
