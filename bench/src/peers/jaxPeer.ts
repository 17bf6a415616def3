import { createRequire } from 'node:module';
import { join } from 'node:path';
import { allCnn, type ConvSpec } from '@normlab/models';
import type { StepWorkload } from '../workload.js';
import { classNumbers, imageSize, normals } from '../workloads/inputs.js';
import { learningRate, momentum } from '../workloads/step.js';
import { type Prepared, unknownWorkload } from './answering.js';
import { serve } from './serve.js';

/** The part of jax-js that is used here. An array is used up by the operation that gets it, except through `ref`. */
type JaxArray = {
  readonly ref: JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
};
type Reduce = (x: JaxArray, axis: number | readonly number[], options?: { keepdims: boolean }) => JaxArray;
type Block = { readonly filter: JaxArray; readonly scale: JaxArray; readonly offset: JaxArray };
type Blocks = readonly Block[];
type Step = (params: Blocks, velocity: Blocks, x: JaxArray, labels: JaxArray) => [JaxArray, Blocks, Blocks];
type Jax = {
  init(device: 'wasm'): Promise<unknown>;
  defaultDevice(device: 'wasm'): void;
  jit(step: Step): Step;
  valueAndGrad(
    loss: (params: Blocks, x: JaxArray, labels: JaxArray) => JaxArray,
  ): (params: Blocks, x: JaxArray, labels: JaxArray) => [JaxArray, Blocks];
  readonly lax: {
    conv(x: JaxArray, filter: JaxArray, strides: readonly number[], padding: 'SAME'): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray, axis: number): JaxArray;
    oneHot(x: JaxArray, classes: number): JaxArray;
  };
  readonly numpy: {
    array(values: Float32Array | Int32Array): JaxArray;
    ones(shape: readonly number[]): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    zerosLike(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    readonly mean: Reduce;
    readonly sum: Reduce;
  };
  readonly tree: {
    map(compute: (...leaves: JaxArray[]) => JaxArray, ...trees: Blocks[]): Blocks;
    ref(tree: Blocks): Blocks;
    dispose(tree: Blocks): void;
  };
};

// jax-js on WASM: node jaxPeer.js FOLDER, the one with its node_modules
const require = createRequire(join(process.argv[2]!, 'any.js'));
const jax = require('@jax-js/jax') as Jax;
await jax.init('wasm');
jax.defaultDevice('wasm');
await serve('jax-js, wasm, 1 thread', async (workload) => {
  if (workload.kind !== 'step' || workload.norm !== 'bn') throw unknownWorkload(workload);
  return prepareJaxStep(workload);
});

/** The same step as of stock TensorFlow.js, compiled by `jit`: without L2 and running statistics, in the layout NCHW. */
function prepareJaxStep({ width, batch }: StepWorkload): Prepared {
  const { numpy, nn, tree } = jax;
  const convs = allCnn({ width, norm: 'bn' }).layers.filter((layer) => layer.type === 'conv');
  let params: Blocks = convs.map(({ channels, kernel }, i) => {
    const shape = [channels, convs[i - 1]?.channels ?? 3, kernel, kernel];
    const deviation = Math.sqrt(2 / (kernel ** 2 * channels));
    const values = normals(
      shape.reduce((a, b) => a * b),
      `filter ${i}`,
    ).map((each) => each * deviation);
    return {
      filter: numpy.array(values).reshape(shape),
      scale: numpy.ones([1, channels, 1, 1]),
      offset: numpy.zeros([1, channels, 1, 1]),
    };
  });
  let velocity = tree.map((each) => numpy.zerosLike(each.ref), params);
  const step = jax.jit((old, oldVelocity, x, labels) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf(convs))(tree.ref(old), x, labels);
    const moved = tree.map((v, gradient) => v.mul(momentum).add(gradient), oldVelocity, gradients);
    return [loss, tree.map((each, v) => each.sub(v.mul(learningRate)), old, tree.ref(moved)), moved];
  });
  const images = normals(batch * imageSize ** 2 * 3, 'images');
  return {
    once: async () => {
      const x = numpy.array(images).reshape([batch, 3, imageSize, imageSize]);
      const labels = nn.oneHot(numpy.array(Int32Array.from(classNumbers(batch))), 10);
      const [loss, nextParams, nextVelocity] = step(params, velocity, x, labels);
      [params, velocity] = [nextParams, nextVelocity];
      await loss.data();
    },
    release: () => {
      tree.dispose(params);
      tree.dispose(velocity);
    },
  };
}

function lossOf(convs: readonly ConvSpec[]) {
  const { lax, nn, numpy } = jax;
  const { mean, sum, square, sqrt } = numpy;
  const perChannel = (x: JaxArray) => mean(x, [0, 2, 3], { keepdims: true });
  return (params: Blocks, images: JaxArray, labels: JaxArray): JaxArray => {
    let x = images;
    for (const [i, { stride }] of convs.entries()) {
      const { filter, scale, offset } = params[i]!;
      const z = lax.conv(x, filter, [stride, stride], 'SAME');
      const centered = z.ref.sub(perChannel(z));
      const deviation = sqrt(perChannel(square(centered.ref)).add(1e-5));
      x = nn.relu(centered.div(deviation).mul(scale).add(offset));
    }
    const logits = mean(x, [2, 3]);
    return mean(sum(nn.logSoftmax(logits, -1).mul(labels), -1), 0).mul(-1);
  };
}
