import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { type twins, worstExcess as worst } from '@normlab/testing';
import {
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  setBackend,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';

/** A tensor's values apart from any backend. */
export type Values = {
  readonly shape: number[];
  readonly values: Float32Array | Int32Array | Float64Array;
};

/** Values in [−1, 1) from a small linear congruential generator. */
export function randomValues(shape: number[], seed: number): Values {
  let state = (seed * 2654435761 + 12345) >>> 0;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { shape, values };
}

/** |v| of every value. */
export function magnitudes({ shape, values }: Values): Values {
  return { shape, values: values.map(Math.abs) };
}

/** The inputs of a kernel by name: a tensor, or for all variables at once a list of them. */
export type Inputs = Readonly<Record<string, Values | readonly Values[]>>;

/** The inputs as tensors of the active backend. */
export function tensorsOf(inputs: Inputs): NamedTensorMap {
  const entries = Object.entries(inputs).map(
    ([name, given]) => [name, isList(given) ? given.map(tensorOf) : tensorOf(given)] as const,
  );
  // tfjs's type has no lists, but passes them on.
  return Object.fromEntries(entries) as unknown as NamedTensorMap;
}

function isList(given: Values | readonly Values[]): given is readonly Values[] {
  return Array.isArray(given);
}

function tensorOf({ shape, values }: Values): Tensor {
  return tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
}

/** Runs a kernel on a backend and reads its outputs back; nothing stays allocated. */
export async function runOn(
  backendName: 'cpu' | 'wasm',
  kernelName: string,
  inputs: Inputs,
  attrs: object,
): Promise<Values[]> {
  await setBackend(backendName);
  const outputs: Values[] = [];
  tidy(() => {
    const result: Tensor | Tensor[] = engine().runKernel(
      kernelName,
      tensorsOf(inputs),
      attrs as NamedAttrMap,
    );
    for (const each of [result].flat()) {
      outputs.push({ shape: each.shape, values: each.dataSync<'float32'>() });
    }
  });
  return outputs;
}

/** `worstExcess` of `@normlab/testing`, for bounds in an array. */
export function worstExcess(actual: twins.Numbers, expected: twins.Numbers, bounds: twins.Numbers): number {
  return worst(actual.values, expected.values, (i) => bounds.values[i]!);
}

/** Whether two results agree in shape and in every bit; far faster than a deep comparison, and NaN equals NaN. */
export function hasSameBits(actual: Values | undefined, expected: Values | undefined): boolean {
  if (actual === undefined || expected === undefined) return false;
  const [a, b] = [actual, expected].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ) as [Buffer, Buffer];
  return actual.shape.join() === expected.shape.join() && a.equals(b);
}
