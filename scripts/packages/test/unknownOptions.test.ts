import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as backends from '@normlab/backends';
import { setupTensorflow } from '@normlab/backends/node';
import * as datasets from '@normlab/datasets';
import * as datasetsNode from '@normlab/datasets/node';
import { OptionError } from '@normlab/errors';
import * as experiments from '@normlab/experiments';
import * as exports from '@normlab/export';
import * as files from '@normlab/files';
import * as laws from '@normlab/laws';
import { runSuite } from '@normlab/laws/suite';
import * as layers from '@normlab/layers';
import * as models from '@normlab/models';
import * as ops from '@normlab/ops';
import * as train from '@normlab/train';
import * as trainNode from '@normlab/train/node';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import '@tensorflow/tfjs-backend-cpu';
import { ones } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

// JavaScript's view of the packages: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const loose = <T>(functions: T) => functions as unknown as Loose;
const { op, layer, model, data, dataNode, training, statistics, file } = {
  op: loose(ops),
  layer: loose(layers),
  model: loose(models),
  data: loose(datasets),
  dataNode: loose(datasetsNode),
  training: loose(train),
  statistics: loose(experiments),
  file: loose(files),
};

const wrong = { widht: 1 };
const none = undefined;
const network = { spec: models.allCnn(), params: {}, stats: {} };

/** For each public type of options, a call of each function that takes it. */
const calls: Readonly<Record<string, readonly (() => unknown)[]>> = {
  // ops
  AffineParams: [
    () => op.batchNormTrain!(ones([2, 1, 1, 3]), wrong, none),
    () => op.batchNormReluTrain!(ones([2, 1, 1, 3]), wrong, none),
    () => op.batchNormInfer!(ones([2, 1, 1, 3]), wrong, none),
    () => op.instanceNorm!(ones([2, 1, 1, 3]), wrong),
    () => op.groupNorm!(ones([2, 1, 1, 3]), wrong, { groups: 1 }),
    () => op.foldBatchNorm!({ kernel: ones([3, 4]) }, wrong, none),
  ],
  NormalizedParams: [() => op.layerNorm!(ones([2, 1, 1, 3]), wrong), () => op.rmsNorm!(ones([2, 3]), wrong)],
  FoldableLayer: [() => op.foldBatchNorm!(wrong, {}, none)],
  BatchNormTrainOptions: [
    () => op.batchNormTrain!(none, {}, none, wrong),
    () => op.batchNormReluTrain!(none, {}, none, wrong),
    () => op.constantBatchNormTrain!(none, none, wrong),
  ],
  BatchNormInferOptions: [
    () => op.batchNormInfer!(none, {}, none, wrong),
    () => op.constantBatchNormInfer!(none, none, wrong),
  ],
  StandardizeOptions: [() => op.standardize!(none, none, wrong)],
  LayerNormOptions: [() => op.layerNorm!(none, {}, wrong)],
  RmsNormOptions: [() => op.rmsNorm!(none, {}, wrong)],
  InstanceNormOptions: [() => op.instanceNorm!(none, {}, wrong)],
  GroupNormOptions: [() => op.groupNorm!(none, {}, wrong)],
  FoldBatchNormOptions: [() => op.foldBatchNorm!(none, {}, none, wrong)],
  WeightStandardizeOptions: [() => op.weightStandardize!(none, wrong)],
  // layers
  BatchNormalizationOptions: [() => layer.batchNormalization!(wrong)],
  ConstantBatchNormalizationOptions: [() => layer.constantBatchNormalization!(wrong)],
  LayerNormalizationOptions: [() => layer.layerNormalization!(wrong)],
  InstanceNormalizationOptions: [() => layer.instanceNormalization!(wrong)],
  GroupNormalizationOptions: [() => layer.groupNormalization!(wrong)],
  RmsNormalizationOptions: [() => layer.rmsNormalization!(wrong)],
  WeightStandardizedConv2dOptions: [() => layer.weightStandardizedConv2d!(wrong)],
  // models
  AllCnnOptions: [() => model.allCnn!(wrong)],
  NinOptions: [() => model.nin!(wrong)],
  ResnetOptions: [() => model.resnet!(wrong)],
  NetworkOptions: [() => model.allCnn!(wrong)],
  NamedNetworkOptions: models.networkNames.map((name) => () => model.network!(name, wrong)),
  InferWithOptions: [() => model.inferWith!(none, none, {}, wrong)],
  // datasets
  BatchesOptions: [() => first(data.batches!(none, wrong))],
  EvaluationBatchesOptions: [() => first(data.evaluationBatches!(none, wrong))],
  BrightnessOptions: [() => data.randomBrightness!(none, none, wrong)],
  ContrastOptions: [() => data.randomContrast!(none, none, wrong)],
  CropOptions: [() => data.randomCrop!(none, none, wrong), () => data.centralCrop!(none, wrong)],
  PadOptions: [() => data.pad!({}, wrong)],
  BuiltInOptions: [() => data.builtIn!(1, wrong)],
  HoldOutOptions: [() => data.holdOut!(none, wrong)],
  StepsPerEpochOptions: [() => data.stepsPerEpoch!(none, 1, wrong)],
  ParseOptions: [() => data.parseCifar10!(none, wrong)],
  ParseCifar100Options: [() => data.parseCifar100!(none, wrong)],
  Cifar100Options: [() => dataNode.cifar100!('folder', wrong)],
  DownloadOptions: [() => dataNode.download!('cifar10', 'folder', wrong)],
  ImageFolderOptions: [() => dataNode.imageFolder!('folder', wrong)],
  ReadImageOptions: [() => dataNode.readImage!('file', wrong)],
  // train
  SgdOptions: [() => training.sgd!(wrong)],
  AdamWOptions: [() => training.adamW!(wrong)],
  ClipByGlobalNormOptions: [() => training.clipByGlobalNorm!(none, wrong)],
  CosineOptions: [() => training.cosine!(wrong)],
  ExponentialDecayOptions: [() => training.exponentialDecay!(wrong), () => training.staircaseDecay!(wrong)],
  PiecewiseConstantOptions: [() => training.piecewiseConstant!(wrong)],
  WarmupOptions: [() => training.warmup!(1, wrong)],
  FitOptions: [() => training.fit!(wrong)],
  EvaluateOptions: [() => training.evaluate!(wrong)],
  ReEstimateStatsOptions: [() => training.reEstimateStats!(wrong)],
  LossAndGradientsOptions: [() => training.lossAndGradients!(none, none, none, none, wrong)],
  TrainStepOptions: [() => training.trainStep!(none, none, none, wrong)],
  DecodeCheckpointOptions: [() => loose(train).decodeCheckpoint!(new Uint8Array(), wrong)],
  LoadCheckpointOptions: [() => loose(trainNode).loadCheckpoint!('folder', wrong)],
  CheckpointMeta: [() => loose(trainNode).saveCheckpoint!('folder', none, wrong)],
  // backends
  OpenBackendOptions: [() => loose(backends).openBackend!('cpu', wrong)],
  SetupTensorflowOptions: [() => loose({ setupTensorflow }).setupTensorflow!(wrong)],
  RegisterWasmKernelsOptions: [() => loose({ registerWasmKernels }).registerWasmKernels!(wrong)],
  // laws
  CheckOptions: [() => loose(laws).check!(none, none, wrong)],
  SuiteOptions: [() => first(loose({ runSuite }).runSuite!(wrong))],
  // export
  ExportOptions: [
    () => loose(exports).exportOnnx!(network, wrong),
    () => loose(exports).exportGraphModel!(network, wrong),
  ],
  // experiments
  AnalyseOptions: [() => statistics.analyse!(none, none, wrong)],
  DifferencesOptions: [() => statistics.differencesBetween!(none, wrong)],
  InferOptions: [() => statistics.inferExperiment!([], wrong)],
  PowerOptions: [() => statistics.differencePower!(wrong), () => statistics.equivalencePower!(wrong)],
  DecisionOptions: [() => statistics.pairsToDecide!(wrong), () => statistics.pairsToDetect!(wrong)],
  LevelOptions: [
    () => statistics.signTest!([1], wrong),
    () => statistics.summarize!([1], wrong),
    () => statistics.pairedDifference!([1], wrong),
    () => statistics.binomialInterval!(1, 2, wrong),
    () => statistics.welch!([1, 2], [3, 4], wrong),
    () => statistics.equivalence!([1], wrong),
  ],
  // files
  PlainFileOptions: [() => file.openPlainFile!('file', wrong)],
  ReadPlainFileOptions: [() => file.readPlainFile!('file', wrong)],
  ReadJsonOptions: [() => file.readJson!('file', wrong)],
  TakeLockOptions: [() => file.takeLock!('file', wrong)],
  WriteWholeOptions: [() => file.writeWhole!('folder', [], wrong)],
};

/** The first value of an iterable: generators check their arguments when they begin. */
const first = (values: unknown) => (values as AsyncGenerator)[Symbol.asyncIterator]().next();

/** The names of all types of options and parameters that the indexes of public packages export. */
function publicOptions(): string[] {
  const packages = fileURLToPath(new URL('../../../packages/', import.meta.url));
  const indexes = readdirSync(packages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const { private: isPrivate, exports: entries } = JSON.parse(
        readFileSync(join(packages, name, 'package.json'), 'utf8'),
      );
      if (isPrivate) return [];
      return Object.values(entries as Record<string, { types?: string }>).flatMap(({ types }) =>
        types === undefined ? [] : [readFileSync(join(packages, name, types), 'utf8')],
      );
    });
  return [
    ...new Set(
      indexes.flatMap((text) => [...text.matchAll(/\b[A-Z]\w*(?:Options|Params|Meta)\b/g)].map(String)),
    ),
  ].sort();
}

describe('options that JavaScript would ignore', () => {
  it('are refused by functions of every public type of options', () => {
    expect(publicOptions().filter((name) => !(name in calls))).toEqual([]);
  });

  it.each(Object.entries(calls))('%s', async (_, attempts) => {
    for (const attempt of attempts) {
      const error = await new Promise((resolve) => resolve(attempt())).then(
        () => 'no error',
        (thrown) => thrown,
      );
      expect(error, String(attempt)).toBeInstanceOf(OptionError);
      expect((error as OptionError).message, String(attempt)).toMatch(/: "widht" must be /);
    }
  });

  it('the message names the option that was probably meant, also by its name in other frameworks', () => {
    const said = (attempt: () => unknown): string => {
      try {
        attempt();
      } catch (error) {
        return (error as Error).message;
      }
      return 'no error';
    };
    expect([
      said(() => model.allCnn!({ widht: 1 })),
      said(() => training.sgd!({ lr: 0.1 })),
      said(() => training.sgd!({ learningRate: 0.1, weight_decay: 1 })),
      said(() => op.batchNormTrain!(ones([2, 1, 1, 3]), { gamma: none }, none)),
      said(() => op.constantBatchNormTrain!(none, none, { momentum: 0.1 })),
      said(() => layer.groupNormalization!({ numGroups: 2 })),
    ]).toMatchInlineSnapshot(`
      [
        "allCnn: "widht" must be an option (did you mean "width"?).",
        "sgd: "lr" must be an option (did you mean "learningRate"?).",
        "sgd: "weight_decay" must be an option (did you mean "l2"?).",
        "batchNormTrain: "gamma" must be an option (valid names: scale, offset).",
        "constantBatchNormTrain: "momentum" must be an option (valid names: epsilon, decay).",
        "groupNormalization: "numGroups" must be an option of the layer (did you mean "groups"?).",
      ]
    `);
  });
});
