import { nameHint, OptionError } from '@normlab/errors';
import { batchNormInfer, batchNormReluTrain, batchNormTrain, constantBatchNormInfer } from '@normlab/ops';
import { checkSeed, deriveSeed } from '@normlab/random';
import { mul, type Tensor, type Tensor2D, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { checkInput, checkVariables } from './checkVariables.js';
import { initVariables } from './initVariables.js';
import { dropoutMask } from './layers/dropoutMask.js';
import type { Model, Variables } from './model.js';
import type { ModelSpec, NormSpec } from './modelSpec.js';
import { affineParams, runningStats } from './normVariables.js';
import { readSpec } from './parseSpec.js';
import { type Pass, runLayers } from './runLayers.js';
import { flatten } from './traceSpec.js';
import { planOf } from './variablePlan.js';

/**
 * The network of a spec, as pure functions over flat records of variables.
 *
 * Nothing is created before `init` or an apply is called. What these return is new and the caller's; params, stats
 * and x are never disposed and never returned.
 *
 * @throws SpecError if the spec is none; see {@link parseSpec}
 * @example
 * ```ts
 * const model = buildModel(allCnn({ norm: 'cbn-lconv-nobn', width: 0.25 }));
 * const { params, stats } = model.init(1);
 * const { logits, stats: moved } = model.applyTrain(params, stats, images, { seed: 7 });
 * ```
 */
export function buildModel(spec: ModelSpec): Model {
  const { layers } = readSpec('buildModel', spec);
  const plan = planOf(layers);
  const paths = flatten(layers).map(({ path }) => path);

  const check = (where: string, params: Variables, stats: Variables, x: Tensor4D): void => {
    checkVariables(where, 'params', plan.params, params);
    checkVariables(where, 'stats', plan.stats, stats);
    checkInput(where, x, spec.input);
  };

  const train = (
    params: Variables,
    stats: Variables,
    x: Tensor4D,
    seed: number,
    tapped: ReadonlySet<string>,
  ): { logits: Tensor2D; stats: Variables; taps: Variables } =>
    tidy(() => {
      const moved: Record<string, Tensor> = {};
      const taps = new Map<string, Tensor>();
      const logits = runLayers(layers, x, {
        param: <T extends Tensor>(path: string) => params[path] as T,
        normalize: (input, norm, path) =>
          normalizeTrain(batchNormTrain, input, norm, path, { params, stats, moved }),
        normalizeRelu: (input, norm, path) =>
          tapped.has(path)
            ? undefined
            : normalizeTrain(batchNormReluTrain, input, norm, path, { params, stats, moved }),
        drop(input, { dropRate }, path) {
          const mask = dropoutMask(input.size, dropRate, deriveSeed(seed, path));
          return mul(input, tensor(mask, input.shape));
        },
        seen(path, output) {
          if (tapped.has(path)) taps.set(path, output.clone());
        },
      });
      return { logits: logits as Tensor2D, stats: moved, taps: Object.fromEntries(taps) };
    });

  return {
    spec,
    init(seed) {
      checkSeed('init', seed);
      return { params: initVariables(plan.params, seed), stats: initVariables(plan.stats, seed) };
    },
    applyTrain(params, stats, x, { seed }) {
      check('applyTrain', params, stats, x);
      checkSeed('applyTrain', seed);
      const { logits, stats: moved } = train(params, stats, x, seed, new Set());
      return { logits, stats: moved };
    },
    applyInfer(params, stats, x) {
      check('applyInfer', params, stats, x);
      return tidy(() => runLayers(layers, x, inferencePass(params, stats)) as Tensor2D);
    },
    applyWith(params, stats, x, { seed, taps }) {
      check('applyWith', params, stats, x);
      checkSeed('applyWith', seed);
      checkTaps(taps, paths);
      return train(params, stats, x, seed, new Set(taps));
    },
  };
}

function normalizeTrain(
  normalize: typeof batchNormTrain | typeof batchNormReluTrain,
  x: Tensor,
  { epsilon, decay }: NormSpec,
  path: string,
  { params, stats, moved }: { params: Variables; stats: Variables; moved: Record<string, Tensor> },
): Tensor {
  // A gain or bias that the spec does not learn is no parameter: without both it is BN_{1,0}.
  const affine = affineParams(params, path);
  const { y, stats: next } = normalize(x, affine, runningStats(stats, path), { epsilon, decay });
  moved[`${path}/mean`] = next.mean;
  moved[`${path}/variance`] = next.variance;
  return y;
}

function inferencePass(params: Variables, stats: Variables): Pass {
  return {
    param: <T extends Tensor>(path: string) => params[path] as T,
    normalize: (x, { gain, bias, epsilon }, path) =>
      gain || bias
        ? batchNormInfer(x, affineParams(params, path), runningStats(stats, path), { epsilon })
        : constantBatchNormInfer(x, runningStats(stats, path), { epsilon }),
    normalizeRelu: () => undefined,
    drop: (x) => x,
    seen: () => {},
  };
}

function checkTaps(taps: readonly string[], paths: readonly string[]): void {
  for (const tap of taps) {
    if (!paths.includes(tap)) {
      throw new OptionError({
        where: 'applyWith',
        what: 'taps',
        rule: 'be paths of layers',
        got: tap,
        hint: nameHint(tap, paths),
      });
    }
  }
}
