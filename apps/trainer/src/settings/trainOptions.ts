import {
  activationNames,
  backendNames,
  blockNames,
  datasetNames,
  headNames,
  l2TargetNames,
  modelNames,
  optimizerNames,
  pipelineNames,
  placementNames,
  scheduleNames,
} from './names.js';
import type { Settings } from './settings.js';

/** One flag of `normlab train` and the recipe key it stands for. */
export type TrainOption = {
  readonly key: keyof Settings;
  readonly flags: string;
  readonly reads: 'text' | 'number' | 'numbers' | 'switch';
  readonly about: string;
  /** Valid values, where these are names. */
  readonly names?: readonly string[];
  /** Heading under which `--help` and the README list it. */
  readonly group: 'Network' | 'Data' | 'Length' | 'Learning' | 'Machine';
};

/** Every setting as a flag; kept free of heavy imports, since `--help` reads it. */
export const trainOptions: readonly TrainOption[] = [
  name('Network', 'model', '--model <name>', 'the network; other depths as resnet-N', modelNames),
  row('Network', 'spec', '--spec <file>', 'text', 'a network spec in a JSON file, instead of --model'),
  name('Network', 'norm', '--norm <placement>', 'where norm layers stand, and of which kind', placementNames),
  row('Network', 'width', '--width <factor>', 'number', 'factor on the number of channels'),
  name('Network', 'activation', '--activation <name>', 'after each norm', activationNames),
  name('Network', 'block', '--block <kind>', 'ResNets: order of norm and convolution', blockNames),
  name('Network', 'head', '--head <kind>', 'ALL-CNN: what makes the logits', headNames),
  row('Network', 'dropRate', '--drop-rate <x>', 'number', 'NIN: share of activations that dropout drops'),
  row('Network', 'convBias', '--conv-bias', 'switch', 'convolutions with a bias'),
  name('Data', 'dataset', '--dataset <name>', 'what is learned', datasetNames),
  row('Data', 'data', '--data <dir>', 'text', 'folder of the data set (all but built-in)'),
  name('Data', 'pipeline', '--pipeline <name>', 'how pictures become input', pipelineNames),
  row('Data', 'trainImages', '--train-images <n>', 'number', 'use n training images, all classes alike'),
  row('Data', 'testImages', '--test-images <n>', 'number', 'use n test images, all classes alike'),
  row('Length', 'epochs', '--epochs <n>', 'number', 'passes over the training images'),
  row('Length', 'steps', '--steps <n>', 'number', 'training steps, instead of --epochs'),
  row('Length', 'batch', '--batch <n>', 'number', 'images in a step'),
  row('Length', 'seed', '--seed <n>', 'number', 'source of all randomness'),
  row(
    'Length',
    'checkpointEvery',
    '--checkpoint-every <steps>',
    'number',
    'more checkpoints than one an epoch',
  ),
  name('Learning', 'optimizer', '--optimizer <name>', 'how gradients become steps', optimizerNames),
  row('Learning', 'learningRate', '--learning-rate <x>', 'number', 'learning rate at the start'),
  name('Learning', 'schedule', '--schedule <name>', 'its course', scheduleNames),
  row('Learning', 'finalLearningRate', '--final-learning-rate <x>', 'number', 'exponential, cosine: its end'),
  row('Learning', 'decaySteps', '--decay-steps <n>', 'number', 'exponential: steps to that end (all)'),
  row('Learning', 'staircase', '--staircase', 'switch', 'exponential: drop at each --decay-steps only'),
  row(
    'Learning',
    'boundaries',
    '--boundaries <steps>',
    'numbers',
    'piecewise: where it drops, as 31000,58000',
  ),
  row('Learning', 'drop', '--drop <factor>', 'number', 'piecewise: factor at each boundary'),
  row('Learning', 'warmupSteps', '--warmup-steps <n>', 'number', 'steps of linear rise at the start'),
  row('Learning', 'momentum', '--momentum <x>', 'number', 'momentum of sgd'),
  row('Learning', 'nesterov', '--nesterov', 'switch', "Nesterov's momentum"),
  row('Learning', 'l2', '--l2 <x>', 'number', 'L2 coefficient (weight decay of adamw)'),
  name('Learning', 'l2Targets', '--l2-targets <which>', 'parameters that L2 acts on', l2TargetNames),
  name('Machine', 'backend', '--backend <name>', 'what computes', backendNames),
  row('Machine', 'threads', '--threads <n>', 'number', 'threads of the wasm backend'),
];

function row(
  group: TrainOption['group'],
  key: keyof Settings,
  flags: string,
  reads: TrainOption['reads'],
  about: string,
): TrainOption {
  return { group, key, flags, reads, about };
}

function name(
  group: TrainOption['group'],
  key: keyof Settings,
  flags: string,
  about: string,
  names: readonly string[],
): TrainOption {
  return { group, key, flags, reads: 'text', about, names };
}
