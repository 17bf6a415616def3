/**
 * Copies an image into a larger frame of zeros; a negative top or left crops rows or columns.
 *
 * Pixel (y, x) of the image goes to (y + top, x + left) of the frame, if that is inside.
 */
export function padImage(
  image: usize,
  height: i32,
  width: i32,
  pixelBytes: usize,
  top: i32,
  left: i32,
  frame: usize,
  frameHeight: i32,
  frameWidth: i32,
): void {
  const frameRow = <usize>frameWidth * pixelBytes;
  const firstColumn = max(left, 0);
  const columns = max(min(left + width, frameWidth) - firstColumn, 0);
  const before = <usize>firstColumn * pixelBytes;
  const inside = <usize>columns * pixelBytes;
  const skipped = <usize>(firstColumn - left) * pixelBytes;
  for (let row = 0; row < frameHeight; row++) {
    const from = row - top;
    if (from < 0 || from >= height) {
      memory.fill(frame, 0, frameRow);
    } else {
      memory.fill(frame, 0, before);
      memory.copy(frame + before, image + <usize>from * <usize>width * pixelBytes + skipped, inside);
      memory.fill(frame + before + inside, 0, frameRow - before - inside);
    }
    frame += frameRow;
  }
}
