import { convolutionPath, type Network } from '../../src/network.js';
import type { Variables } from '../../src/values.js';
import type { Parts } from './parts.js';
import { linear, linearGradient, map, type Plain, standardize, standardizeGradient } from './plainLayers.js';

export function plainForward(
  parts: Parts,
  network: Network,
  params: Variables<Plain>,
  images: Plain,
  rows = images,
) {
  const epsilon = parts.networkEpsilon(network);
  let input = map(rows, parts.image);
  const blocks = network.channels.map((_, index) => {
    const kernel = params[convolutionPath(index)]!;
    const norm = standardize(parts, linear(parts, input, kernel), epsilon);
    const output = map(norm.y, network.activation === 'relu' ? parts.relu : Math.tanh);
    const block = { input, kernel, norm, output };
    input = output;
    return block;
  });
  const pooled = globalPool(parts, input);
  const logits = map(linear(parts, pooled, params.head!, params.headBias!), parts.logit);
  return { blocks, pooled, logits };
}

export function plainLossAndGradients(
  parts: Parts,
  network: Network,
  params: Variables<Plain>,
  images: Plain,
  labels: readonly number[],
): { loss: number; gradients: Variables<Plain> } {
  const epsilon = parts.networkEpsilon(network);
  const { blocks, pooled, logits } = plainForward(parts, network, params, images);
  const { loss, gradient } = crossEntropy(parts, logits, labels);
  const head = linearGradient(parts, pooled, params.head!, gradient);
  const gradients: Record<string, Plain> = { head: head.kernel, headBias: head.bias };
  const last = blocks[blocks.length - 1]!.output.shape;
  const [area, channels] = [last[1]! * last[2]!, last[3]!];
  let back: Plain = {
    data: Float64Array.from({ length: head.u.data.length * area }, (_, i) =>
      parts.pooled(head.u.data[Math.floor(i / (area * channels)) * channels + (i % channels)]!, area),
    ),
    shape: last,
  };
  for (let index = blocks.length - 1; index >= 0; index--) {
    const { input, kernel, norm, output } = blocks[index]!;
    const dy = map(back, (each, i) =>
      network.activation === 'relu'
        ? each * parts.reluSlope(norm.y.data[i]!)
        : each * (1 - output.data[i]! ** 2),
    );
    const layer = linearGradient(parts, input, kernel, standardizeGradient(parts, norm, dy, epsilon));
    gradients[convolutionPath(index)] = layer.kernel;
    back = layer.u;
  }
  return { loss, gradients };
}

export function globalPool(parts: Parts, x: Plain): Plain {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const sums = new Float64Array(batch * channels);
  x.data.forEach((each, i) => {
    sums[Math.floor(i / (height * width * channels)) * channels + (i % channels)]! += each;
  });
  return { data: sums.map((each) => parts.pooled(each, height * width)), shape: [batch, channels] };
}

export function crossEntropy(
  parts: Parts,
  logits: Plain,
  labels: readonly number[],
): { loss: number; gradient: Plain } {
  const [batch, classes] = logits.shape as [number, number];
  const gradient = new Float64Array(logits.data.length);
  let loss = 0;
  for (let n = 0; n < batch; n++) {
    const row = Array.from(logits.data.subarray(n * classes, (n + 1) * classes));
    const most = Math.max(...row);
    const total = row.reduce((sum, each) => sum + Math.exp(each - most), 0);
    loss += Math.log(total) + most - row[labels[n]!]!;
    row.forEach((each, k) => {
      const p = Math.exp(each - most) / total;
      gradient[n * classes + k] = parts.meanLoss(p - (k === labels[n] ? 1 : 0), batch);
    });
  }
  return { loss: parts.meanLoss(loss, batch), gradient: { data: gradient, shape: logits.shape } };
}
