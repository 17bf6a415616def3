import { nameHint, OptionError } from '@normlab/errors';
import { checkSeed } from '@normlab/random';
import { type Tensor, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { checkInput, checkVariables } from './checkVariables.js';
import { initVariables } from './initVariables.js';
import type { Model, Variables } from './model.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { inference, runLayers } from './runLayers.js';
import * as tensorFunctions from './tensorFunctions.js';
import { planOf } from './variablePlan.js';
import { visitLayers } from './visitLayers.js';

/**
 * The network of a spec, as pure functions over flat records of variables.
 *
 * No tensor is created before `init` or an apply function is called. These return new tensors, which the caller owns;
 * params, stats and x are never disposed or returned.
 *
 * @throws SpecError if the spec is invalid; see {@link parseSpec}
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
  const paths: string[] = [];
  visitLayers(layers, { leave: ({ path }) => paths.push(path) });

  const check = (where: string, params: Variables, stats: Variables, x: Tensor4D): void => {
    checkVariables(where, 'params', plan.params, params);
    checkVariables(where, 'stats', plan.stats, stats);
    checkInput(where, x, spec.input);
  };

  const train = (
    params: Variables,
    stats: Variables,
    x: Tensor4D,
    { seed, taps: tapped }: { readonly seed: number; readonly taps: readonly string[] },
  ): { logits: Tensor2D; stats: Variables; taps: Variables } =>
    tidy(() => {
      const moved: Record<string, Tensor> = {};
      const taps = new Map<string, Tensor | undefined>(tapped.map((path) => [path, undefined]));
      const logits = runLayers(layers, x, {
        mode: 'train',
        ops: tensorFunctions,
        params,
        stats,
        seed,
        moved,
        taps,
      });
      return { logits: logits as Tensor2D, stats: moved, taps: Object.fromEntries(taps) as Variables };
    });

  return {
    spec,
    layers: paths,
    init(seed) {
      checkSeed('init', seed);
      return { params: initVariables(plan.params, seed), stats: initVariables(plan.stats, seed) };
    },
    // A caller in JavaScript may leave out the options: the check of the seed says so.
    applyTrain(params, stats, x, { seed } = {} as { seed: number }) {
      check('applyTrain', params, stats, x);
      checkSeed('applyTrain', seed);
      const { logits, stats: moved } = train(params, stats, x, { seed, taps: [] });
      return { logits, stats: moved };
    },
    applyInfer(params, stats, x) {
      check('applyInfer', params, stats, x);
      return tidy(() => runLayers(layers, x, inference(params, stats)) as Tensor2D);
    },
    applyWith(params, stats, x, { seed, taps } = {} as { seed: number; taps: string[] }) {
      check('applyWith', params, stats, x);
      checkSeed('applyWith', seed);
      checkTaps(taps, paths);
      return train(params, stats, x, { seed, taps });
    },
  };
}

function checkTaps(taps: readonly string[], paths: readonly string[]): void {
  const option = { where: 'applyWith', what: 'taps' };
  if (!Array.isArray(taps)) {
    throw new OptionError({ ...option, rule: 'be a list of paths of layers', got: taps });
  }
  for (const tap of taps) {
    if (!paths.includes(tap)) {
      throw new OptionError({ ...option, rule: 'be paths of layers', got: tap, hint: nameHint(tap, paths) });
    }
  }
}
