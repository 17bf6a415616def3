import { TrainError } from '@normlab/errors';
import type { Variables } from '@normlab/models';
import {
  dispose,
  engine,
  keep,
  type Scalar,
  type Tensor,
  type TensorContainer,
  tensor_util,
} from '@tensorflow/tfjs-core';

/**
 * The value of f, its gradient by every variable, and the tensors that f computed on the way.
 *
 * Everything comes from one forward pass; no gradient flows through the by-products. `f` must compute on
 * the very tensors in `variables`. All tensors of the result are new. Value and gradients behave in a
 * `tidy` as any result does; the by-products are kept, the caller disposes them.
 *
 * @param f gives the value to differentiate, and by-products such as running statistics
 * @throws TrainError if the value does not depend on some variable
 */
export function valueAndGradients<B extends TensorContainer>(
  f: () => { value: Scalar; byproducts: B },
  variables: Variables,
): { value: Scalar; gradients: Variables; byproducts: B } {
  const kept: Tensor[] = [];
  let byproducts: B | undefined;
  const forward = (): Scalar => {
    const result = f();
    byproducts = result.byproducts;
    for (const tensor of tensor_util.getTensorsInContainer(byproducts)) kept.push(keep(tensor));
    return result.value;
  };
  try {
    const { value, grads } = engine().gradients(forward, Object.values(variables), undefined, true);
    const unreached = Object.keys(variables).filter((_, index) => grads[index] == null);
    if (unreached.length > 0) {
      dispose([value, ...grads.filter((gradient) => gradient != null)]);
      throw unreachedError(unreached);
    }
    const gradients = Object.keys(variables).map((path, index): [string, Tensor] => [path, grads[index]!]);
    return {
      value: value as Scalar,
      gradients: Object.fromEntries(gradients),
      byproducts: byproducts as B,
    };
  } catch (error) {
    dispose(kept);
    throw error;
  }
}

function unreachedError(paths: readonly string[]): TrainError {
  return new TrainError({
    where: 'valueAndGradients',
    what: 'every parameter',
    rule: 'be reached by the loss',
    got: paths,
    hint: 'these are not: the model computes its logits without them',
  });
}
