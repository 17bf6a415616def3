import { type OpenBackend, openBackend } from '@normlab/backends';
import { messageOf } from '@normlab/testing';
import { valueAndGradients } from '@normlab/train';
import {
  cast,
  dispose,
  memory,
  mul,
  relu,
  type Scalar,
  scalar,
  square,
  sum,
  type Tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let backend: OpenBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.close());

describe('valueAndGradients', () => {
  it('f(a, b) = Σ a²·b: ∂f/∂a = 2·a·b, ∂f/∂b = a²', () => {
    const variables = { a: tensor1d([2, 3]), b: tensor1d([5, 7]) };
    const before = memory().numTensors;
    const result = tidy(() =>
      valueAndGradients(() => {
        const squared: Tensor = square(variables.a);
        const value: Scalar = sum(mul(squared, variables.b));
        return { value, byproducts: { squared } };
      }, variables),
    );
    expect(memory().numTensors).toBe(before + 4);
    expect(result.value.dataSync()[0]).toBe(83);
    expect([...result.gradients.a!.dataSync()]).toEqual([20, 42]);
    expect([...result.gradients.b!.dataSync()]).toEqual([4, 9]);
    expect([...result.byproducts.squared.dataSync()]).toEqual([4, 9]);
    dispose([variables, result]);
  });

  it('names the variables that the value does not depend on, and leaves no tensor', async () => {
    const variables = { used: tensor1d([2]), lost: tensor1d([5]), forgotten: tensor1d([1]) };
    const before = memory().numTensors;
    const call = (): unknown =>
      valueAndGradients(() => {
        const value: Scalar = sum(variables.used);
        return { value, byproducts: [square(variables.lost)] };
      }, variables);
    expect(await messageOf(call)).toMatchInlineSnapshot(
      `"TrainError: valueAndGradients: every parameter must affect the loss, got ["lost","forgotten"] (these do not: the model computes its logits without them)."`,
    );
    expect(memory().numTensors).toBe(before);
    dispose(variables);
  });

  it('leaves no tensor where f throws after operations that save tensors', () => {
    const variables = { used: tensor1d([2]) };
    const before = memory().numTensors;
    const call = (): unknown =>
      valueAndGradients(() => {
        relu(mul(square(variables.used), variables.used));
        throw new Error('no memory');
      }, variables);
    expect(call).toThrow('no memory');
    expect(memory().numTensors).toBe(before);
    // The next call is not disturbed.
    const { value, gradients } = valueAndGradients(
      () => ({ value: sum(square(variables.used)), byproducts: [] }),
      variables,
    );
    expect([value.dataSync()[0], gradients.used!.dataSync()[0]]).toEqual([4, 4]);
    dispose([value, gradients]);
    expect(memory().numTensors).toBe(before);
    dispose(variables);
  });

  it('leaves a by-product alone that f was given, where it fails either', async () => {
    const variables = { used: tensor1d([2]), lost: tensor1d([5]) };
    const given = tensor1d([7]);
    const before = memory().numTensors;
    const call = (): unknown =>
      valueAndGradients(() => {
        const value: Scalar = sum(variables.used);
        return { value, byproducts: [given, square(given)] };
      }, variables);
    expect(await messageOf(call)).toContain('every parameter must affect the loss, got ["lost"]');
    expect([...given.dataSync()]).toEqual([7]);
    expect(memory().numTensors).toBe(before);
    dispose([variables, given]);
  });

  it('returns the value and the by-products of f themselves, also variables, with gradients of their own', () => {
    const variables = { used: scalar(3) };
    const { used } = variables;
    const before = memory().numTensors;
    const { value, gradients, byproducts } = valueAndGradients(
      () => ({ value: used, byproducts: [used] }),
      variables,
    );
    expect(value).toBe(used);
    expect(byproducts[0]).toBe(used);
    expect(gradients.used!.dataSync()[0]).toBe(1);
    dispose(gradients);
    expect(memory().numTensors).toBe(before);
    expect(used.dataSync()[0]).toBe(3);
    dispose(variables);
  });

  it('leaves a variable alone that f returns as its value, where it fails', async () => {
    const variables = { used: scalar(3), lost: tensor1d([5]) };
    const before = memory().numTensors;
    const call = (): unknown =>
      valueAndGradients(() => ({ value: variables.used, byproducts: [] }), variables);
    expect(await messageOf(call)).toContain('every parameter must affect the loss, got ["lost"]');
    expect(variables.used.dataSync()[0]).toBe(3);
    expect(memory().numTensors).toBe(before);
    dispose(variables);
  });

  it.each([
    ['[2]', (x: Tensor) => square(x), 'be a scalar, got [2] (such as the mean over the images)'],
    ['int32', (x: Tensor) => cast(sum(x), 'int32'), 'have dtype float32, got "int32" (cast it first)'],
  ])('refuses a value that is not a scalar of float32: %s', async (_, f, rule) => {
    const variables = { used: tensor1d([2, 3]) };
    const before = memory().numTensors;
    const call = (): unknown =>
      valueAndGradients(() => {
        const squared = square(variables.used);
        return { value: f(squared) as Scalar, byproducts: [squared] };
      }, variables);
    expect(await messageOf(call)).toBe(`ShapeError: valueAndGradients: the value of f must ${rule}.`);
    expect(memory().numTensors).toBe(before);
    dispose(variables);
  });

  it('names every variable if the value depends on none', async () => {
    const variables = { lost: tensor1d([5]), forgotten: tensor1d([1]) };
    const other = tensor1d([2]);
    const call = (): unknown => valueAndGradients(() => ({ value: sum(other), byproducts: [] }), variables);
    expect(await messageOf(call)).toContain('must affect the loss, got ["lost","forgotten"]');
    dispose([variables, other]);
  });
});
