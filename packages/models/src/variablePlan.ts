import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { flatten, isOfType, type TracedLayer } from './traceSpec.js';

/** How a variable begins. */
export type Initializer =
  | { readonly kind: 'normal'; readonly standardDeviation: number }
  | { readonly kind: 'constant'; readonly value: number };

/** A variable of a network before there is a tensor for it. */
export type PlannedVariable = {
  /** `conv1/kernel` */
  readonly path: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
};

/** The variables of a network in the order of its layers: what is learned, and the running statistics. */
export type VariablePlan = {
  readonly params: readonly PlannedVariable[];
  readonly stats: readonly PlannedVariable[];
};

/**
 * The variables of one layer, those of layers inside it left out.
 *
 * Kernels of convolutions begin normal with variance 2/(k·k·channels out), He et al. 2015, eq. 14 (fan-out), as
 * ResNets of the paper's time did; those of dense layers with variance 2/(features in), the same rule by fan-in
 * (eq. 10): by fan-out a 10-way head on 1024 features would begin with logits of standard deviation 8. Slopes of
 * prelu begin at ¼ (ibid., §2.1), gains and scales at 1, biases at 0, running means at 0, running variances at 1.
 */
export function layerVariables(traced: TracedLayer): VariablePlan {
  const { path, input } = traced;
  const channels = input.at(-1)!;
  const planned = (name: string, shape: readonly number[], initializer: Initializer) => ({
    path: `${path}/${name}`,
    shape,
    initializer,
  });
  if (isOfType(traced, 'conv')) {
    const { kernel, channels: out, bias } = traced.layer;
    const standardDeviation = Math.sqrt(2 / (kernel * kernel * out));
    const weights = planned('kernel', [kernel, kernel, channels, out], { kind: 'normal', standardDeviation });
    return { params: bias ? [weights, planned('bias', [out], zero)] : [weights], stats: [] };
  }
  if (isOfType(traced, 'dense')) {
    const { units, bias } = traced.layer;
    const standardDeviation = Math.sqrt(2 / channels);
    const weights = planned('kernel', [channels, units], { kind: 'normal', standardDeviation });
    return { params: bias ? [weights, planned('bias', [units], zero)] : [weights], stats: [] };
  }
  if (isOfType(traced, 'norm')) {
    const scale = traced.layer.gain ? [planned('scale', [channels], one)] : [];
    const offset = traced.layer.bias ? [planned('offset', [channels], zero)] : [];
    return {
      params: [...scale, ...offset],
      stats: [planned('mean', [channels], zero), planned('variance', [channels], one)],
    };
  }
  if (isOfType(traced, 'affine')) {
    return { params: [planned('scale', [channels], one), planned('offset', [channels], zero)], stats: [] };
  }
  if (isOfType(traced, 'activation') && traced.layer.kind === 'prelu') {
    return { params: [planned('slope', [channels], { kind: 'constant', value: 0.25 })], stats: [] };
  }
  return { params: [], stats: [] };
}

/**
 * All variables of a network, without making any.
 *
 * @throws SpecError if the spec is none
 */
export function variablePlan(spec: ModelSpec): VariablePlan {
  return planOf(readSpec('variablePlan', spec).layers);
}

/** All variables of layers that were traced. */
export function planOf(layers: readonly TracedLayer[]): VariablePlan {
  const each = flatten(layers).map(layerVariables);
  return { params: each.flatMap(({ params }) => params), stats: each.flatMap(({ stats }) => stats) };
}

/** How many numbers the planned variables hold. */
export function sizeOf(planned: readonly PlannedVariable[]): number {
  return planned.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
}

const zero: Initializer = { kind: 'constant', value: 0 };
const one: Initializer = { kind: 'constant', value: 1 };
