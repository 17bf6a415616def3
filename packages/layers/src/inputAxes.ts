import { OptionError, ShapeError } from '@normlab/errors';
import { cast, type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';

/**
 * Axes of a layer's input as indices from 0, in ascending order; negative ones count from the end.
 *
 * @throws OptionError unless they are different axes after the batch axis
 * @throws ShapeError unless the lengths of these axes are known
 */
export function checkedAxes(
  where: string,
  axis: number | readonly number[],
  inputs: Shape | Shape[],
): number[] {
  const shape = onlyShape(where, inputs);
  const rank = shape.length;
  const axes = [axis].flat().map((each) => (each < 0 ? each + rank : each));
  if (axes.some((each) => each < 1 || each >= rank) || new Set(axes).size !== axes.length) {
    const rule = `hold different axes of the input after the first (the batch), whose rank is ${rank}`;
    throw new OptionError({ where, what: 'axis', rule, got: axis });
  }
  if (axes.some((each) => shape[each] === null)) {
    const rule = `have a known length along axis ${axes.join(' and ')}`;
    throw new ShapeError({ where, what: 'the input', rule, got: shape });
  }
  return axes.sort((a, b) => a - b);
}

/** The axis of the channels of a layer's input, checked as {@link checkedAxes} does, and the input's shape. */
export function channelAxis(
  where: string,
  axis: number | readonly number[],
  inputs: Shape | Shape[],
): { axis: number; shape: Shape } {
  const [channels] = checkedAxes(where, axis, inputs);
  return { axis: channels!, shape: onlyShape(where, inputs) };
}

/** The shape of a layer's only input. */
function onlyShape(where: string, inputs: Shape | Shape[]): Shape {
  if (!inputs.every(Array.isArray)) return inputs as Shape;
  if (inputs.length === 1) return inputs[0] as Shape;
  throw new ShapeError({ where, what: 'the input', rule: 'be one tensor', got: inputs });
}

/** A layer's only input, as float32. */
export function floatInput(where: string, inputs: Tensor | Tensor[]): Tensor {
  const [x, ...others] = [inputs].flat();
  if (x === undefined || others.length > 0) {
    const got = `${[inputs].flat().length} tensors`;
    throw new ShapeError({ where, what: 'the input', rule: 'be one tensor', got });
  }
  return x.dtype === 'float32' ? x : cast(x, 'float32');
}

/** Applies a function of channels-last tensors to x, whose channels are along `axis`. */
export function onChannelsLast(x: Tensor, axis: number, normalize: (x: Tensor) => Tensor): Tensor {
  const last = x.rank - 1;
  const channels = axis < 0 ? axis + x.rank : axis;
  if (channels === last) return normalize(x);
  const others = x.shape.map((_, each) => each).filter((each) => each !== channels);
  const back = x.shape.map((_, each) => (each === channels ? last : each < channels ? each : each - 1));
  return transpose(normalize(transpose(x, [...others, channels])), back);
}
