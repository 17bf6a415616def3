import { float32Roundoff } from '../../src/bounds/roundoff.js';
import type { Nonlinearity, Subject } from '../../src/subject.js';
import type { TiledConvolution } from '../../src/tiledConvolution.js';
import type { Values, Variables } from '../../src/values.js';
import { type Parts, rightParts } from './parts.js';
import {
  linear,
  linearGradient,
  map,
  type Plain,
  plain,
  standardize,
  standardizeGradient,
} from './plainLayers.js';
import { crossEntropy, globalPool, plainForward, plainLossAndGradients } from './plainNetwork.js';

/**
 * All operations of a subject, computed naively in float64 and rounded to the given precision: the laws are
 * tested on it, and mutants are made from it. Its convolutions are direct sums; `tiledConvolutions` only
 * loosens the bounds to those of tiles.
 */
export function plainSubject({
  parts: changed = {},
  unitRoundoff = float32Roundoff,
  tiledConvolutions = [],
}: {
  parts?: Partial<Parts>;
  unitRoundoff?: number;
  tiledConvolutions?: readonly TiledConvolution[];
} = {}): Subject {
  const parts: Parts = { ...rightParts, ...changed };
  const out = ({ data, shape }: Plain): Values =>
    unitRoundoff === float32Roundoff ? { data: Float32Array.from(data), shape } : { data, shape };
  const number = (x: number) => (unitRoundoff === float32Roundoff ? Math.fround(x) : x);
  const record = (values: Variables<Values>): Variables<Plain> =>
    Object.fromEntries(Object.entries(values).map(([path, each]) => [path, plain(each)]));
  const channelwise = (values: readonly number[]): Plain => ({
    data: Float64Array.from(values),
    shape: [values.length],
  });
  const affineOf = (y: Plain, scale: Values, offset: Values): Plain => {
    const c = (i: number) => i % scale.data.length;
    return map(y, (each, i) => parts.affine(each, scale.data[c(i)]!, offset.data[c(i)]!));
  };

  return {
    unitRoundoff,
    tiledConvolutions,
    standardize: (x, epsilon) => out(standardize(parts, plain(x), epsilon).y),
    standardizeGradient: (x, dy, epsilon) =>
      out(standardizeGradient(parts, standardize(parts, plain(x), epsilon), plain(dy), epsilon)),
    statistics(x) {
      const { mean, variance } = standardize(parts, plain(x), 1);
      return { mean: out(channelwise(mean)), variance: out(channelwise(variance)) };
    },
    normalizedLayer: (u, kernel, bias, epsilon) =>
      out(standardize(parts, linear(parts, plain(u), plain(kernel), plain(bias)), epsilon).y),
    normalizedLayerGradient(u, kernel, bias, dy, epsilon) {
      const z = linear(parts, plain(u), plain(kernel), plain(bias));
      const dz = standardizeGradient(parts, standardize(parts, z, epsilon), plain(dy), epsilon);
      const gradients = linearGradient(parts, plain(u), plain(kernel), dz);
      return { u: out(gradients.u), kernel: out(gradients.kernel), bias: out(gradients.bias) };
    },
    batchNorm: (x, { scale, offset }, epsilon) =>
      out(affineOf(standardize(parts, plain(x), epsilon).y, scale, offset)),
    batchNormGradient(x, { scale }, dy, epsilon) {
      const norm = standardize(parts, plain(x), epsilon);
      const channels = scale.data.length;
      const scaled = map(plain(dy), (each, i) => parts.throughGain(each, scale.data[i % channels]!));
      const column = (values: ArrayLike<number>, c: number) =>
        Array.from(values).filter((_, i) => i % channels === c);
      const perChannel = (f: (c: number) => number) =>
        channelwise(Array.from({ length: channels }, (_, c) => f(c)));
      return {
        x: out(standardizeGradient(parts, norm, scaled, epsilon)),
        scale: out(perChannel((c) => parts.scaleGradient(column(dy.data, c), column(norm.y.data, c)))),
        offset: out(perChannel((c) => parts.offsetGradient(column(dy.data, c)))),
      };
    },
    moveStatistics(x, old, decay) {
      const { mean, variance } = standardize(parts, plain(x), 1);
      const m = x.data.length / mean.length;
      return {
        mean: out(channelwise(mean.map((each, c) => parts.keep(old.mean.data[c]!, each, decay)))),
        variance: out(
          channelwise(
            variance.map((each, c) =>
              parts.keep(old.variance.data[c]!, parts.runningVariance(each, m), decay),
            ),
          ),
        ),
      };
    },
    statisticsGradient: (x) => out(map(plain(x), parts.leak)),
    batchNormInfer(x, { scale, offset }, { mean, variance }, epsilon) {
      const c = (i: number) => i % mean.data.length;
      return out(
        map(plain(x), (each, i) =>
          parts.infer(
            each,
            mean.data[c(i)]!,
            parts.inverseDeviation(variance.data[c(i)]!, epsilon),
            scale.data[c(i)]!,
            offset.data[c(i)]!,
          ),
        ),
      );
    },
    linear: (u, kernel, bias) => out(linear(parts, plain(u), plain(kernel), plain(bias))),
    fold(kernel, bias, { scale, offset }, { mean, variance }, epsilon) {
      const channels = mean.data.length;
      const inverse = Array.from(variance.data, (each) => rightParts.inverseDeviation(each, epsilon));
      return {
        kernel: out(
          map(plain(kernel), (w, i) =>
            parts.foldedKernel(w, scale.data[i % channels]!, inverse[i % channels]!),
          ),
        ),
        bias: out(
          map(plain(bias), (b, c) =>
            parts.foldedBias(b, mean.data[c]!, scale.data[c]!, inverse[c]!, offset.data[c]!),
          ),
        ),
      };
    },
    activatedLayer(x, { scale, offset }, nonlinearity, kernel, epsilon) {
      const y = affineOf(standardize(parts, plain(x), epsilon).y, scale, offset);
      return out(rowsLinear(parts, activated(parts, y, nonlinearity), plain(kernel)));
    },
    reluHeadLoss(z, labels, epsilon) {
      const y = map(standardize(parts, plain(z), epsilon).y, parts.headNorm);
      return number(crossEntropy(parts, globalPool(parts, map(y, parts.relu)), labels).loss);
    },
    tanhHeadLoss(z, labels) {
      const y = map(map(plain(z), Math.tanh), parts.headNorm);
      return number(crossEntropy(parts, globalPool(parts, y), labels).loss);
    },
    lossAndGradients(network, params, { images, labels }) {
      const { loss, gradients } = plainLossAndGradients(
        parts,
        network,
        record(params),
        plain(images),
        labels,
      );
      return {
        loss: number(loss),
        gradients: Object.fromEntries(Object.entries(gradients).map(([path, each]) => [path, out(each)])),
      };
    },
    logits: (network, params, images) =>
      out(plainForward(parts, network, record(params), plain(images)).logits),
    sgdStep({ params, velocity }, gradients, options) {
      const next: { params: Record<string, Values>; velocity: Record<string, Values> } = {
        params: {},
        velocity: {},
      };
      for (const [path, param] of Object.entries(params)) {
        const v = map(plain(velocity[path]!), (each, i) =>
          parts.velocity(each, gradients[path]!.data[i]!, param.data[i]!, options),
        );
        next.velocity[path] = out(v);
        next.params[path] = out(map(plain(param), (w, i) => parts.stepped(w, v.data[i]!, options)));
      }
      return next;
    },
  };
}

function activated(parts: Parts, y: Plain, nonlinearity: Nonlinearity): Plain {
  if (nonlinearity === 'relu') return map(y, parts.relu);
  if (nonlinearity === 'prelu') return map(y, parts.prelu);
  if (nonlinearity === 'tanh') return map(y, Math.tanh);
  const [batch, height, width, channels] = y.shape as [number, number, number, number];
  const shape = [batch, height / 2, width / 2, channels];
  const data = Float64Array.from({ length: y.data.length / 4 }, (_, at) => {
    const c = at % channels;
    const w = 2 * (Math.floor(at / channels) % (width / 2));
    const row = 2 * Math.floor(at / (channels * (width / 2)));
    return Math.max(
      ...[0, 1].flatMap((dh) => [0, 1].map((dw) => y.data[((row + dh) * width + w + dw) * channels + c]!)),
    );
  });
  return { data, shape };
}

/** A dense kernel over the last axis of any rank. */
function rowsLinear(parts: Parts, x: Plain, kernel: Plain): Plain {
  return linear(parts, x, kernel);
}
