import { add, apply, div, mean, sized, square } from '../judged.js';
import { defineLaw } from '../law.js';
import { channelsOf } from '../values.js';
import { momentsOf } from './moments.js';

export const outputMean = defineLaw({
  id: '7-mean',
  title: 'mean ŷ = 0',
  statement: 'The output of a normalization has mean 0 in every channel, for any ε.',
  samples: 'batch',
  needs: ['standardize'],
  sides: async ({ standardize }, { x, epsilon }) => [mean(await standardize(x, epsilon)), 0],
});

export const outputVariance = defineLaw({
  id: '7-variance',
  title: 'mean ŷ² = σ²/(σ² + ε)',
  statement:
    'The output of a normalization has variance 1 in every channel, except for ε; σ² is the biased variance.',
  samples: 'batch',
  needs: ['standardize'],
  async sides({ standardize }, { x, epsilon }) {
    const { variance } = momentsOf(x);
    const squares = mean(square(await standardize(x, epsilon)));
    return [sized(squares, 1), div(variance, add(variance, epsilon))];
  },
});

/** Law 7. Samples with an outlier are within 10⁻⁶ of equality. */
export const outputRange = defineLaw({
  id: '7-range',
  title: '|ŷ| ≤ √(m − 1)',
  statement: 'No output of a normalization over m values lies further from 0, for any ε.',
  samples: 'batch',
  needs: ['standardize'],
  async sides({ standardize }, { x, epsilon }) {
    const limit = Math.sqrt(x.value.length / channelsOf(x.shape) - 1);
    const beyond = apply(await standardize(x, epsilon), (y) => Math.max(0, Math.abs(y) - limit));
    return [sized(beyond, limit), 0];
  },
});

/** Law 7. The terms of dz cancel completely; the error is in units of these terms. */
export const pairHasNoGradient = defineLaw({
  id: '7-pair',
  title: 'm = 2, ε = 0: dz = 0',
  statement: 'Any two values become ±1, so their gradient is 0.',
  samples: 'pair',
  needs: ['standardizeGradient'],
  sides: async ({ standardizeGradient }, { x, dy }) => [await standardizeGradient(x, dy, 0), 0],
});

/** The batch's own statistics, at mean/sd up to 10⁴, in units of the root mean square of the batch. */
export const batchStatistics = defineLaw({
  id: 'statistics',
  title: 'μ = Σx/m, σ² = Σ(x − μ)²/m',
  statement:
    "The batch's mean and biased variance, even if the mean is far larger than the standard deviation.",
  samples: 'batch',
  needs: ['statistics'],
  async sides({ statistics }, { x }) {
    const { mean: mu, variance } = await statistics(x);
    const exact = momentsOf(x);
    const squares = mean(square(x)).value;
    return {
      mean: [{ ...mu, channelSizes: squares.map(Math.sqrt) }, exact.mean],
      variance: [{ ...variance, channelSizes: squares }, exact.variance],
    };
  },
});
