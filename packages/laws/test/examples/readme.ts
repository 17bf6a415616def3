import { openBackend } from '@normlab/backends';
import { check, gradientScaling, scaleInvariantLayer, tensorSubject } from '@normlab/laws';
import { add, div, moments, sqrt, sub, type Tensor } from '@tensorflow/tfjs-core';

const backend = await openBackend('cpu');
const standardized = (x: Tensor, deviation: (variance: Tensor) => Tensor) => {
  const channelwise = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = moments(x, channelwise);
  return div(sub(x, mean), deviation(variance));
};
const right = tensorSubject({
  standardize: (x, epsilon) => standardized(x, (variance) => sqrt(add(variance, epsilon))),
});
const wrong = tensorSubject({
  standardize: (x, epsilon) => standardized(x, (variance) => add(sqrt(variance), epsilon)),
});

for (const subject of [right, wrong]) {
  for (const law of [scaleInvariantLayer, gradientScaling]) {
    const { holds, counterexample } = await check(law, subject, { runs: 100, seed: 1 });
    console.log(law.title, holds ? 'holds' : `falls on ${JSON.stringify(counterexample)}`);
  }
}
await backend.close();
