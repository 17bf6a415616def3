import * as datasets from '@normlab/datasets';
import type {
  Cifar100Options,
  DownloadOptions,
  ImageFolderOptions,
  ReadImageOptions,
} from '@normlab/datasets/node';
import * as datasetsNode from '@normlab/datasets/node';
import { everyOption, refusesUnknownOptions } from '@normlab/testing';

// JavaScript's view of the package: every argument may be anything.
type Loose = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
const [pure, node] = [datasets, datasetsNode] as unknown as [Loose, Loose];
const [wrong, none] = [{ $: 1 }, undefined];

const crop = everyOption<datasets.CropOptions>({ size: true });

refusesUnknownOptions([
  [
    'batches',
    everyOption<datasets.BatchesOptions>({
      size: true,
      seed: true,
      epoch: true,
      from: true,
      dropLast: true,
      augment: true,
    }),
    () => pure.batches!(none, wrong),
  ],
  [
    'evaluationBatches',
    everyOption<datasets.EvaluationBatchesOptions>({ size: true, prepare: true }),
    () => pure.evaluationBatches!(none, wrong),
  ],
  [
    'randomBrightness',
    everyOption<datasets.BrightnessOptions>({ maxDelta: true }),
    () => pure.randomBrightness!(none, none, wrong),
  ],
  [
    'randomContrast',
    everyOption<datasets.ContrastOptions>({ low: true, high: true }),
    () => pure.randomContrast!(none, none, wrong),
  ],
  ['randomCrop', crop, () => pure.randomCrop!(none, none, wrong)],
  ['centralCrop', crop, () => pure.centralCrop!(none, wrong)],
  ['pad', everyOption<datasets.PadOptions>({ margin: true }), () => pure.pad!({}, wrong)],
  [
    'builtIn',
    everyOption<datasets.BuiltInOptions>({ train: true, test: true }),
    () => pure.builtIn!(1, wrong),
  ],
  [
    'holdOut',
    everyOption<datasets.HoldOutOptions>({ count: true, seed: true }),
    () => pure.holdOut!(none, wrong),
  ],
  [
    'stepsPerEpoch',
    everyOption<datasets.StepsPerEpochOptions>({ dropLast: true }),
    () => pure.stepsPerEpoch!(none, 1, wrong),
  ],
  ['parseCifar10', everyOption<datasets.ParseOptions>({ file: true }), () => pure.parseCifar10!(none, wrong)],
  [
    'parseCifar100',
    everyOption<datasets.ParseCifar100Options>({ file: true, labels: true }),
    () => pure.parseCifar100!(none, wrong),
  ],
  ['cifar100', everyOption<Cifar100Options>({ labels: true }), () => node.cifar100!('folder', wrong)],
  [
    'download',
    everyOption<DownloadOptions>({ url: true, onProgress: true, signal: true, retryDelay: true }),
    () => node.download!('cifar10', 'folder', wrong),
  ],
  [
    'imageFolder',
    everyOption<ImageFolderOptions>({ cache: true, onProgress: true, onWarning: true }),
    () => node.imageFolder!('folder', wrong),
  ],
  ['readImage', everyOption<ReadImageOptions>({ shape: true }), () => node.readImage!('file', wrong)],
]);
