import { BackendError } from '@normlab/errors';
import { Slice, type SliceAttrs, type SliceInputs, slice_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type TrainingKernel, trainingKernel } from '../trainingKernel.js';
import { addressOf } from '../wasmBackend.js';

const elementBytes = 4;

/**
 * `Slice`, the gradient of padding, of any tensor of 32-bit elements; tfjs's own copies the whole input first.
 *
 * A box that is not in the tensor is refused, as on tfjs's cpu backend: tfjs's own wasm kernel returns what happens to be
 * in memory there.
 */
export function sliceKernel(runtime: KernelRuntime): TrainingKernel {
  return trainingKernel(Slice, (inputs: SliceInputs, attrs: SliceAttrs, backend) => {
    const x = inputs.x as TensorInfo;
    const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
    slice_util.assertParamsValid(x, begin, size);
    checkPlaces('begin', begin);
    checkPlaces('size', size);
    const box = mergedBox(x.shape, begin, size);
    if ((x.dtype !== 'float32' && x.dtype !== 'int32') || box === undefined) return undefined;
    const y = backend.makeOutput(size, x.dtype);
    const [outer, middle, inner] = box.axes;
    runtime.run({
      kernel: 'copy_box',
      job: {
        source: addressOf(backend, x) + box.offset * elementBytes,
        target: addressOf(backend, y),
        outerStep: outer.step * elementBytes,
        middle: middle.count,
        middleStep: middle.step * elementBytes,
        inner: inner.count,
        innerStep: inner.step * elementBytes,
        runBytes: box.run * elementBytes,
      },
      tasks: size.includes(0) ? 0 : outer.count,
    });
    return y;
  });
}

/** tfjs lets these pass, and each of its backends makes something else of them. */
function checkPlaces(what: 'begin' | 'size', given: readonly number[]): void {
  if (given.every((each) => Number.isInteger(each) && each >= 0)) return;
  throw new BackendError({ where: 'slice', what, rule: 'hold integers from 0 on', got: given });
}

type Axis = { readonly count: number; readonly step: number };

/**
 * A box as runs of neighbouring elements along at most three axes; undefined for one that needs more.
 *
 * An axis that is taken completely is merged with the axis before.
 */
function mergedBox(
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): { offset: number; run: number; axes: [Axis, Axis, Axis] } | undefined {
  let offset = 0;
  let step = 1;
  let run = 1;
  let isRun = true;
  const axes: Axis[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    offset += begin[axis]! * step;
    if (isRun) run *= size[axis]!;
    else if (size[axis] !== 1) axes.unshift({ count: size[axis]!, step });
    isRun &&= size[axis] === shape[axis];
    step *= shape[axis]!;
  }
  if (axes.length > 3) return undefined;
  while (axes.length < 3) axes.push({ count: 1, step: 0 });
  return { offset, run, axes: axes as [Axis, Axis, Axis] };
}
