import { customGrad, dispose, engine, keep, type Tensor } from '@tensorflow/tfjs-core';

type Save = (tensors: Tensor[]) => void;

type Differentiable<T extends Tensor> = {
  readonly value: T;
  /** Returns one gradient per input, in order, from the gradient of the value and the saved tensors. */
  readonly gradient: (dy: T, saved: Tensor[]) => Tensor[];
};

/**
 * The value of `forward`, with a custom gradient with respect to `inputs`.
 *
 * tfjs's `customGrad` with types: `forward` reads its inputs through its closure. What it saves is not cloned, which
 * would run a kernel and add an entry to the tape for each tensor, but in nested gradients, which flow through clones.
 */
export function withGradient<T extends Tensor>(
  inputs: readonly Tensor[],
  forward: (save: Save) => Differentiable<T>,
): T {
  const needsClones = !engine().isTapeOn() || isNestedGradient();
  const own: Tensor[] = [];
  const saveOwn: Save = (tensors) => {
    for (const each of tensors) own.push(keep(reference(each)));
  };
  try {
    const value = customGrad<T>((...given) => {
      const { value, gradient } = forward(needsClones ? (given.at(-1) as Save) : saveOwn);
      return { value, gradFunc: (dy, saved) => gradient(dy, needsClones ? saved : own) };
    })(...inputs);
    // The tape disposes them after the gradient.
    if (!needsClones)
      engine()
        .state.activeTape.at(-1)!
        .saved!.push(...own);
    return value;
  } catch (error) {
    dispose(own);
    throw error;
  }
}

/** A second tensor with the same values; unlike a clone, it is unknown to the tape. */
function reference<T extends Tensor>({ dataId, shape, dtype }: T): T {
  const { backend } = engine().state.tensorInfo.get(dataId)!;
  backend.incRef(dataId);
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend) as T;
}

/**
 * {@link withGradient} with further outputs, through which no gradient flows.
 *
 * `customGrad` returns only one tensor; the others are kept beyond its scope and moved to the caller's scope.
 */
export function withGradientAndConstants<T extends Tensor>(
  inputs: readonly Tensor[],
  forward: (save: Save) => Differentiable<T> & { readonly constants: readonly Tensor[] },
): { value: T; constants: Tensor[] } {
  let kept: Tensor[] = [];
  const value = withGradient<T>(inputs, (save) => {
    const { constants, ...differentiable } = forward(save);
    kept = constants.map((constant) => keep(constant));
    return differentiable;
  });
  const constants = kept.map((constant) => reference(constant));
  dispose(kept);
  return { value, constants };
}

/** The value of `compute`, as a constant: no gradient flows through it. */
export function withoutGradient<T extends Tensor>(compute: () => T): T {
  return withGradient<T>([], () => ({ value: compute(), gradient: () => [] }));
}

/**
 * Whether this call is inside the gradient of a gradient.
 *
 * The tensors that `customGrad` saves are not on the outer tape, so a closed-form gradient would be differentiated
 * wrongly, without an error; in that case the operations compose tfjs's own ops instead.
 */
export function isNestedGradient(): boolean {
  return engine().state.gradientDepth > 1;
}
