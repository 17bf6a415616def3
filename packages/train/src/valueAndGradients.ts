import { TrainError } from '@normlab/errors';
import type { Variables } from '@normlab/models';
import {
  dispose,
  engine,
  keep,
  type Scalar,
  scalar,
  type Tensor,
  type TensorContainer,
  tensor_util,
} from '@tensorflow/tfjs-core';
import { checkLoss } from './checkLoss.js';

/**
 * The value of f, its gradient with respect to every variable, and the by-products that f returns.
 *
 * Everything comes from one forward pass; no gradient flows through the by-products. `f` must compute with the same
 * tensor objects as in `variables`. The gradients are new tensors; value and by-products are the tensors that `f` returns:
 * new ones, unless `f` returns a variable or another tensor that it was given. In a `tidy`, value and gradients behave like
 * any other result; the by-products are kept, and the caller disposes them.
 *
 * @param f returns the value to differentiate, and by-products such as running statistics
 * @throws TrainError if the value does not depend on some variable; ShapeError unless the value is a scalar of float32
 */
export function valueAndGradients<B extends TensorContainer>(
  f: () => { value: Scalar; byproducts: B },
  variables: Variables,
): { value: Scalar; gradients: Variables; byproducts: B } {
  const kept: Tensor[] = [];
  // Tensors are numbered: those of f come after this one. What f returns may be a tensor that it was given.
  const before = scalar(0);
  before.dispose();
  const disposeNew = (tensors: readonly Tensor[]) => dispose(tensors.filter(({ id }) => id > before.id));
  let byproducts: B | undefined;
  const forward = (): Scalar => {
    const result = f();
    byproducts = result.byproducts;
    for (const tensor of tensor_util.getTensorsInContainer(byproducts)) kept.push(keep(tensor));
    checkLoss('valueAndGradients', 'the value of f', result.value);
    return result.value;
  };
  try {
    const { value, grads } = engine().gradients(forward, Object.values(variables), undefined, true);
    const unreached = Object.keys(variables).filter((_, index) => grads[index] == null);
    if (unreached.length > 0) {
      disposeNew([value, ...grads.filter((each) => each != null)]);
      throw unreachedError(unreached);
    }
    const gradients = Object.keys(variables).map((path, index): [string, Tensor] => [path, grads[index]!]);
    return {
      value: value as Scalar,
      gradients: Object.fromEntries(gradients),
      byproducts: byproducts as B,
    };
  } catch (error) {
    disposeUnfinishedTape();
    disposeNew(kept);
    throw error;
  }
}

/** Disposes what tfjs has saved for a backward pass that an error has prevented, as it does itself after one. */
function disposeUnfinishedTape(): void {
  const { activeTape, gradientDepth } = engine().state;
  if (gradientDepth === 0) for (const { saved } of activeTape ?? []) dispose(saved ?? []);
}

function unreachedError(paths: readonly string[]): TrainError {
  return new TrainError({
    where: 'valueAndGradients',
    what: 'every parameter',
    rule: 'affect the loss',
    got: paths,
    hint: 'these do not: the model computes its logits without them',
  });
}
