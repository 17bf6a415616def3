import type { Optimizer, Schedule } from '@normlab/train';
import * as train from '@normlab/train';
import type { Settings } from '../settings/settings.js';

/** The optimizer of a run of `totalSteps` steps, including its learning-rate schedule. */
export function makeOptimizer(settings: Settings, totalSteps: number): Optimizer {
  const learningRate = makeSchedule(settings, totalSteps);
  const { l2, l2Targets } = settings;
  if (settings.optimizer === 'adamw') {
    return train.adamW({ learningRate, weightDecay: l2, decayOn: l2Targets });
  }
  const { momentum = 0, nesterov = false } = settings;
  return train.sgd({ learningRate, momentum, nesterov, l2, l2On: l2Targets });
}

/** The learning rate as a function of the steps done: the named schedule, with a warm-up if there is one. */
export function makeSchedule(settings: Settings, totalSteps: number): Schedule {
  const schedule = unwarmed(settings, totalSteps);
  const { warmupSteps } = settings;
  return warmupSteps === 0 ? schedule : train.warmup(schedule, { steps: warmupSteps });
}

function unwarmed(settings: Settings, totalSteps: number): Schedule {
  const { learningRate: initial, schedule, finalLearningRate = initial / 100 } = settings;
  switch (schedule) {
    case 'constant':
      return train.constant(initial);
    case 'exponential': {
      const { decaySteps = totalSteps, staircase = false } = settings;
      const decay = { initial, factor: finalLearningRate / initial, steps: decaySteps };
      return staircase ? train.staircaseDecay(decay) : train.exponentialDecay(decay);
    }
    case 'piecewise': {
      const { boundaries = [], drop = 0.1 } = settings;
      const values = [initial, ...boundaries.map((_, index) => initial * drop ** (index + 1))];
      return train.piecewiseConstant({ boundaries, values });
    }
    case 'cosine':
      return train.cosine({ initial, final: finalLearningRate, steps: totalSteps });
  }
}
