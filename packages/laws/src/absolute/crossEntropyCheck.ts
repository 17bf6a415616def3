import { crossEntropy } from '@normlab/train';
import { type Tensor2D, tensor1d, valueAndGrad } from '@tensorflow/tfjs-core';
import { float32Roundoff } from '../bounds/roundoff.js';
import { trackCrossEntropy } from '../bounds/trackCrossEntropy.js';
import { exactly } from '../bounds/tracked.js';
import { type Verdict, worst } from '../judge.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against, lossAgainst } from './against.js';
import { dyadicValues } from './dyadicValues.js';

/** Rows per batch: the loss is their mean, and one wrong row must still change it beyond the bound. */
const batch = 32;

type Row = { readonly logits: readonly number[]; readonly label: number };

/**
 * Bound: that of `trackCrossEntropy`.
 *
 * The sweeps detect exponentials and logarithms that are wrong at few arguments. Implementations reduce x to k·ln 2/128
 * + r and look up 2^(k/128), so one wrong entry affects one argument in 128. 1024 differences of i/64 use each of the
 * 128 entries about eight times (i·128/(64·ln 2) mod 128 is evenly distributed), and differences of 2⁻ⁱ test the
 * smallest arguments. There are two classes, so that a row's loss is log(1 + e^d), which has one exponential.
 */
export const crossEntropyCheck: AbsoluteCheck = {
  id: 'absolute-loss',
  title: 'L = mean(log Σₖ exp zₙₖ − zₙ,yₙ), ∂L/∂z = (softmax z − onehot y)/N',
  statement:
    'Softmax cross-entropy and its gradient agree with float64, for sweeps of differences between two logits and for rows of ten.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const rows of [sweep(), small(), wide()]) {
      for (let from = 0; from < rows.length; from += batch) {
        verdicts.push(await judge(rows.slice(from, from + batch)));
      }
    }
    return worst(verdicts);
  },
};

/** Differences 0, 1/64, …, 1023/64 between two logits, with centres from −2 to 2 and alternating labels. */
function sweep(): Row[] {
  const centres = dyadicValues(1)(1024).data;
  return Array.from({ length: 1024 }, (_, i) => ({
    logits: i % 4 < 2 ? [centres[i]!, centres[i]! - i / 64] : [centres[i]! - i / 64, centres[i]!],
    label: i % 2,
  }));
}

/** Differences of 2⁻ⁱ, and 0.002, at which a wrong table of exponentials was found once. */
function small(): Row[] {
  const differences = [0.002, ...Array.from({ length: 24 }, (_, i) => 2 ** -i)];
  return differences.flatMap((d) => [0, 1].map((label) => ({ logits: [0, Math.fround(-d)], label })));
}

/** Rows of ten logits in [−8, 8). */
function wide(): Row[] {
  const { data } = dyadicValues(2)(128, 10);
  return Array.from({ length: 128 }, (_, n) => ({
    logits: Array.from(data.subarray(10 * n, 10 * n + 10), (each) => 4 * each),
    label: (7 * n) % 10,
  }));
}

async function judge(rows: readonly Row[]): Promise<Verdict> {
  const labels = rows.map(({ label }) => label);
  const logits = {
    data: Float32Array.from(rows.flatMap((row) => row.logits)),
    shape: [rows.length, rows[0]!.logits.length],
  };
  const { loss, gradient } = await readBack(() => {
    const f = valueAndGrad((z) => crossEntropy(z as Tensor2D, tensor1d(labels, 'int32')));
    const { value, grad } = f(toTensor(logits));
    return { loss: value, gradient: grad };
  });
  const expected = trackCrossEntropy(exactly(logits), labels, float32Roundoff);
  return worst([
    lossAgainst(loss.data[0]!, expected.loss, expected.lossError),
    against(gradient, expected.gradient),
  ]);
}
