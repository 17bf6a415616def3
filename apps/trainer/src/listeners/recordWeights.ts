import type { Recording } from '@normlab/experiments';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RecordingsFile } from '../runFolder/recordingsFile.js';
import { allFinite } from './allFinite.js';
import type { Listener } from './listener.js';

type WeightLine = Extract<Recording, { type: 'weights' }>;

/** Records at each `update` event what laws 10 to 13 are about, for every kernel: see {@link weightFigures}. */
export function recordWeights(file: RecordingsFile): Listener {
  return async (event) => {
    if (event.type !== 'update') return;
    const { step, learningRate, before, gradients, after } = event;
    const lines: Recording[] = [];
    for (const kernel of Object.keys(before).filter((path) => before[path]!.rank >= 2)) {
      const tensors: Tensor[] = [before[kernel]!, gradients[kernel]!, after[kernel]!];
      const [weights, gradient, moved] = await Promise.all(tensors.map((tensor) => tensor.data()));
      const figures = weightFigures(weights!, gradient!, moved!, learningRate);
      if (figures !== undefined) lines.push({ type: 'weights', step, kernel, ...figures });
    }
    file.write(lines);
  };
}

/**
 * ‖W‖ and ‖g‖ before a step, the angle that the step turns W by, and the effective learning rate η/‖W‖² (law 13).
 * Undefined if W is 0, which has no direction, or if a value is not finite.
 *
 * Numerics: float64. The angle is atan2(‖W' − kW‖, k·‖W‖) with k = ⟨W', W⟩/‖W‖²: an arc cosine would lose angles below
 * 1e-8, and half the digits of those near 1e-4.
 */
export function weightFigures(
  weights: ArrayLike<number>,
  gradient: ArrayLike<number>,
  moved: ArrayLike<number>,
  learningRate: number,
): Pick<WeightLine, 'norm' | 'gradient' | 'angle' | 'effectiveRate'> | undefined {
  let [square, gradientSquare, product] = [0, 0, 0];
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    square += weight * weight;
    gradientSquare += gradient[index]! ** 2;
    // ⟨W' − W, W⟩: the difference is exact in float64, and small.
    product += (moved[index]! - weight) * weight;
  }
  if (square === 0) return undefined;
  const stretch = product / square;
  let across = 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    across += (moved[index]! - weight - stretch * weight) ** 2;
  }
  const norm = Math.sqrt(square);
  const figures = {
    norm,
    gradient: Math.sqrt(gradientSquare),
    angle: Math.atan2(Math.sqrt(across), (1 + stretch) * norm),
    effectiveRate: learningRate / square,
  };
  return allFinite(Object.values(figures)) ? figures : undefined;
}
