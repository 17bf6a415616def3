// Loaded before the command: a fused kernel for the cpu backend that divides by the unbiased variance.
import { add, moments, mul, registerKernel, rsqrt, squeeze, sub, tidy } from '@tensorflow/tfjs-core';

registerKernel({
  kernelName: 'NormlabStandardize',
  backendName: 'cpu',
  kernelFunc: ({ inputs: { x }, attrs: { axes, epsilon } }) =>
    tidy(() => {
      const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
      const { mean, variance } = moments(x, axes, true);
      const unbiased = mul(variance, count / (count - 1));
      const y = mul(sub(x, mean), rsqrt(add(unbiased, epsilon)));
      return [y, squeeze(mean, axes), squeeze(unbiased, axes)];
    }),
});
