import type { Nonlinearity } from '../subject.js';
import { trackRelu, trackTanh } from './trackActivation.js';
import { largest, type Tracked } from './tracked.js';

/** The slope of PReLU in law 15. */
export const preluSlope = 0.25;

/** f(x) for the functions of law 15. */
export function trackPointwise(x: Tracked, nonlinearity: Nonlinearity, roundoff: number): Tracked {
  if (nonlinearity === 'relu') return trackRelu(x);
  if (nonlinearity === 'tanh') return trackTanh(x, roundoff);
  if (nonlinearity === 'maxPool') return trackMaxPool(x);
  return {
    ...x,
    value: x.value.map((each) => (each > 0 ? each : preluSlope * each)),
    error: x.error.map((each, i) => each + roundoff * Math.abs(x.value[i]!)),
  };
}

/**
 * The largest of every 2×2 square of [N, H, W, C], H and W even; its error is at most the largest error of the four.
 */
function trackMaxPool(x: Tracked): Tracked {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, height / 2, width / 2, channels];
  const value = new Float64Array(x.value.length / 4).fill(-Infinity);
  const error = new Float64Array(value.length);
  for (let i = 0; i < x.value.length; i++) {
    const c = i % channels;
    const w = Math.floor(i / channels) % width;
    const h = Math.floor(i / (channels * width)) % height;
    const n = Math.floor(i / (channels * width * height));
    const at = ((n * shape[1]! + (h >> 1)) * shape[2]! + (w >> 1)) * channels + c;
    value[at] = Math.max(value[at]!, x.value[i]!);
    error[at] = Math.max(error[at]!, x.error[i]!);
  }
  return { shape, value, error, size: largest(value) };
}
