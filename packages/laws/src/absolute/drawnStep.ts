import type { LayerSpec, ModelSpec } from '@normlab/models';
import type { Values, Variables } from '../values.js';
import { dyadicValues } from './dyadicValues.js';

/** One training step of a small network, with PyTorch's results in float64. */
export type StepCase = {
  readonly name: string;
  readonly title: string;
  /** Determines images and variables. */
  readonly seed: number;
  readonly batch: number;
  /** [H, W, D] */
  readonly input: readonly number[];
  /** Output channels of the convolutions. */
  readonly channels: readonly number[];
  readonly classes: number;
  readonly activation: string;
  /** Whether the norms have gain and bias. */
  readonly affine: boolean;
  readonly epsilon: number;
  readonly decay: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly l2: number;
  readonly loss: number;
  /** Parameters, running statistics and velocities after the step, by path. */
  readonly after: Variables<readonly number[]>;
};

/** The inputs of the step of a {@link StepCase}. */
export type DrawnStep = {
  readonly images: Values;
  readonly labels: readonly number[];
  readonly params: Variables<Values>;
  readonly stats: Variables<Values>;
  /** Velocities by the paths of the parameters; empty at momentum 0. */
  readonly velocity: Variables<Values>;
};

/** Draws in the order of `vectors/laws/make_vectors.py`. */
export function drawnStep({ seed, batch, input, channels, classes, affine, momentum }: StepCase): DrawnStep {
  const draw = dyadicValues(seed);
  const images = draw(batch, ...input);
  const params: Record<string, Values> = {};
  const stats: Record<string, Values> = {};
  let inputs = input[2]!;
  for (const [index, outputs] of channels.entries()) {
    const norm = `norm${index + 1}`;
    params[`conv${index + 1}/kernel`] = moved(draw(3, 3, inputs, outputs), 1 / 8, 0);
    if (affine) {
      params[`${norm}/scale`] = moved(draw(outputs), 1 / 4, 1);
      params[`${norm}/offset`] = moved(draw(outputs), 1 / 4, 0);
    }
    stats[`${norm}/mean`] = draw(outputs);
    stats[`${norm}/variance`] = moved(draw(outputs), 1, 2.25);
    inputs = outputs;
  }
  params['head/kernel'] = moved(draw(inputs, classes), 1 / 4, 0);
  params['head/bias'] = moved(draw(classes), 1 / 4, 0);
  const velocity = momentum > 0 ? Object.entries(params) : [];
  return {
    images,
    labels: Array.from({ length: batch }, (_, n) => n % classes),
    params,
    stats,
    velocity: Object.fromEntries(
      velocity.map(([path, { shape }]) => [path, moved(draw(...shape), 1 / 8, 0)]),
    ),
  };
}

/** The network of a {@link StepCase}. */
export function stepSpec(step: StepCase): ModelSpec {
  const { input, channels, classes, affine, epsilon, decay } = step;
  const kind = step.activation === 'relu' ? 'relu' : 'tanh';
  const [height, width, depth] = input as [number, number, number];
  const blocks = channels.flatMap((each, index): LayerSpec[] => [
    {
      type: 'conv',
      name: `conv${index + 1}`,
      channels: each,
      kernel: 3,
      stride: 1,
      padding: 'same',
      bias: false,
    },
    { type: 'norm', name: `norm${index + 1}`, gain: affine, bias: affine, epsilon, decay },
    { type: 'activation', name: `${kind}${index + 1}`, kind },
  ]);
  return {
    name: `absolute-step-${step.name}`,
    input: [height, width, depth],
    classes,
    layers: [
      ...blocks,
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'head', units: classes, bias: true },
    ],
  };
}

function moved({ data, shape }: Values, factor: number, centre: number): Values {
  return { data: data.map((each) => factor * each + centre), shape };
}
