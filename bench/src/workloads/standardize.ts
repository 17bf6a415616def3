import { standardize } from '@normlab/ops';
import {
  batchNorm,
  dispose,
  moments,
  ones,
  type Rank,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Prepared } from '../peers/answering.js';
import type { StandardizeWorkload } from '../workload.js';
import { normalTensor } from './inputs.js';
import { settle } from './settle.js';

const epsilon = 1e-5;

/** Our `standardize`, forward and backward. */
export function prepareStandardize(workload: StandardizeWorkload): Prepared {
  return prepare(workload, (x) => standardize(x, [0, 1, 2], { epsilon }).y);
}

/** The same with stock tfjs: `moments` and `batchNorm`, which needs a scale and an offset to have a gradient. */
export function prepareStockStandardize(workload: StandardizeWorkload): Prepared {
  const channels = workload.shape[3];
  const scale = ones([channels]);
  const offset = zeros([channels]);
  const prepared = prepare(workload, (x) => {
    const { mean, variance } = moments(x, [0, 1, 2]);
    return batchNorm(x, mean, variance, offset, scale, epsilon);
  });
  return {
    ...prepared,
    release: () => {
      prepared.release();
      dispose([scale, offset]);
    },
  };
}

function prepare({ shape }: StandardizeWorkload, forward: (x: Tensor) => Tensor): Prepared {
  const x = normalTensor<Rank.R4>([...shape], 'x');
  const dy = normalTensor<Rank.R4>([...shape], 'dy');
  const both = valueAndGrad(forward);
  return {
    once: () => {
      const { value, grad } = both(x, dy);
      dispose([value, grad]);
    },
    settle,
    release: () => dispose([x, dy]),
  };
}
