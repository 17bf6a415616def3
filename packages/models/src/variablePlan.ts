import type { Initializer, LayerVariable } from './layers/layerType.js';
import { type SpecLayer, typeOf } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { sizeOf } from './traceSpec.js';
import { layersInOrder } from './visitLayers.js';

/** A planned variable of a network, without a tensor. */
export type PlannedVariable = {
  /** `conv1/kernel` */
  readonly path: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
};

/** The variables of a network in the order of its layers: the parameters, and the running statistics. */
export type VariablePlan = {
  readonly params: readonly PlannedVariable[];
  readonly stats: readonly PlannedVariable[];
};

/**
 * The plan of all variables of a network, without creating any. The layer types define the initial values.
 *
 * @throws SpecError if the spec is invalid
 */
export function variablePlan(spec: ModelSpec): VariablePlan {
  return planOf(readSpec('variablePlan', spec).layers);
}

/** All variables of traced layers. */
export function planOf(layers: readonly SpecLayer[]): VariablePlan {
  const each = layersInOrder(layers).map(variablesOf);
  return { params: each.flatMap(({ params }) => params), stats: each.flatMap(({ stats }) => stats) };
}

/** The variables of one layer, without those of layers inside it. */
export function variablesOf(place: SpecLayer): VariablePlan {
  const { params = [], stats = [] } = typeOf(place.layer).variables?.(place) ?? {};
  const planned = ({ name, ...variable }: LayerVariable) => ({ path: `${place.path}/${name}`, ...variable });
  return { params: params.map(planned), stats: stats.map(planned) };
}

/** The number of values of the planned variables. */
export function countNumbers(planned: readonly PlannedVariable[]): number {
  return planned.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
