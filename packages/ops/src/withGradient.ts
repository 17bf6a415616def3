import { clone, customGrad, engine, keep, type Tensor } from '@tensorflow/tfjs-core';

type Save = (tensors: Tensor[]) => void;

type Differentiable<T extends Tensor> = {
  readonly value: T;
  /** One gradient per input, in their order, from that of the value and the saved tensors. */
  readonly gradient: (dy: T, saved: Tensor[]) => Tensor[];
};

/**
 * The value of `forward`, with a gradient of its own towards `inputs`.
 *
 * tfjs's `customGrad` with types: `forward` reads its inputs through its closure.
 */
export function withGradient<T extends Tensor>(
  inputs: readonly Tensor[],
  forward: (save: Save) => Differentiable<T>,
): T {
  return customGrad<T>((...given) => {
    const save = given.at(-1);
    const { value, gradient } = forward((tensors) => {
      if (typeof save === 'function') save(tensors);
    });
    return { value, gradFunc: gradient };
  })(...inputs);
}

/**
 * {@link withGradient} with further outputs, through which no gradient flows.
 *
 * `customGrad` gives one tensor only; the others are kept past its scope and handed to that of the caller.
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
  const constants = kept.map((constant) => clone(constant));
  for (const constant of kept) constant.dispose();
  return { value, constants };
}

/** The value of `compute`, as a constant: no gradient flows through it. */
export function withoutGradient<T extends Tensor>(compute: () => T): T {
  return withGradient<T>([], () => ({ value: compute(), gradient: () => [] }));
}

/**
 * Whether the gradient of a gradient is being taken around this call.
 *
 * What `customGrad` saves is cut off from the tape, so a closed-form gradient would be differentiated
 * wrongly, without an error; then the operations compose tfjs's own ops instead.
 */
export function isNestedGradient(): boolean {
  return engine().state.gradientDepth > 1;
}
