import { gridGemm } from './gridGemm';
import { padImage } from './padImage';
import { bytes, count } from './words';

/** Words before the first phase, and of each phase. */
const HEAD: usize = 15;
const PHASE: usize = 11;

/**
 * Convolves one image: forward, or backward to the input as one convolution for each phase of the stride.
 *
 * A task is an image. It is framed with zeros in the thread's scratch (unless the frame is the image), then
 * each phase fills its own grid of points of the result.
 */
export function convolve(words: usize, task: i32, scratch: usize): void {
  const imageBytes = bytes(words, 1);
  const targetBytes = bytes(words, 3);
  const height = count(words, 4);
  const width = count(words, 5);
  const pixelBytes = bytes(words, 6);
  const top = count(words, 7);
  const left = count(words, 8);
  const frameHeight = count(words, 9);
  const frameWidth = count(words, 10);
  const columns = count(words, 11);
  const phases = count(words, 12);
  const isFramed = count(words, 13);
  const spare = scratch;
  let frame = bytes(words, 0) + <usize>task * imageBytes;
  const target = bytes(words, 2) + <usize>task * targetBytes;
  if (isFramed != 0) {
    padImage(frame, height, width, pixelBytes, top, left, scratch + 64, frameHeight, frameWidth);
    frame = scratch + 64;
  }
  const runStep = <usize>frameWidth * pixelBytes;
  let phase = words + (HEAD << 2);
  for (let i = 0; i < phases; i++) {
    gridGemm(
      frame + bytes(phase, 0),
      bytes(phase, 1),
      bytes(phase, 2),
      count(phase, 3),
      count(phase, 4),
      count(phase, 5),
      bytes(phase, 6),
      runStep,
      bytes(phase, 7),
      columns,
      target + bytes(phase, 8),
      bytes(phase, 9),
      bytes(phase, 10),
      spare,
    );
    phase += PHASE << 2;
  }
}
