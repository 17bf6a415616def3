/** A fault of an implementation, by its name, and the ids of the laws that fall by it. */
type Faults<Name extends string = string> = Readonly<Record<Name, readonly string[]>>;

/** A table with the ids of each row between spaces. */
function faultsOf<Name extends string>(table: Readonly<Record<Name, string>>): Faults<Name> {
  const rows = Object.entries<string>(table).map(([fault, ids]) => [fault, ids.split(' ')]);
  return Object.fromEntries(rows) as Faults<Name>;
}

/**
 * Faults of implementations, and the laws that fall by each within 100 samples. `test/mutants.ts` has a subject with
 * each fault, and a test that these laws fall on it.
 */
export const faults = faultsOf({
  'ε outside the root':
    '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 4 5 6 7-variance 9 15-relu 15-prelu 15-maxPool 18',
  'ε forgotten':
    '1-batch 1-one-epsilon 2-batch 3 3-affine 4 5 6 7-mean 7-variance 7-range 15-relu 15-prelu 15-maxPool 16-permutation 18 inference 19',
  'ε squared': '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 4 5 6 7-variance 9 18',
  'ε a lower limit of the variance': '3 3-affine 5 6 7-variance 18',
  'unbiased variance': '3 3-affine 5 6 7-variance 7-pair 10 11 13 16-duplicate statistics running-statistics',
  'variance in one pass of float32':
    '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 5 7-variance 7-pair 15-relu 15-prelu 15-maxPool 16-idempotence statistics running-statistics',
  'deviation for variance':
    '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 4 5 6 7-mean 7-variance 7-range 7-pair 8-loss 8-gradient 8-hessian 8-curvature 9 10 11 13 14 15-relu 15-prelu 15-maxPool 16-idempotence 17 18 inference 19',
  'mean by m + 1':
    '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 4 4-bias 5 6 7-mean 7-variance 7-range 7-pair 10 11 13 16-idempotence 16-duplicate statistics running-statistics 19',
  'sign lost': '1 1-batch 1-one-epsilon 3-affine 5 16-idempotence 16-permutation inference',
  'weights by magnitude': '1 2 6 10 11 13 18',
  'axis off by one':
    '1 2 1-batch 1-one-epsilon 2-batch 3 3-affine 4 4-bias 5 6 7-mean 7-variance 7-range 7-pair 9-statistics 10 11 13 16-idempotence 16-permutation statistics running-statistics inference 19',
  'statistics per half of the batch':
    '1-batch 1-one-epsilon 2-batch 3 3-affine 4 5 6 7-variance 9-statistics 16-permutation 16-duplicate statistics running-statistics inference',
  'mean δ dropped': '3 3-affine 4 4-bias 6 7-pair 10 11 13',
  'ŷ·mean(δŷ) dropped': '3 3-affine 5 6 7-pair 10 11 13',
  'statistics taken for constants': '3 3-affine 4 4-bias 5 6 7-pair 10 11 13',
  '1/s dropped': '2 2-batch 3 3-affine 4 5 6 8-gradient 8-hessian 8-curvature 9 13 14',
  '1/s twice': '2 2-batch 3 3-affine 4 5 6 8-gradient 8-hessian 8-curvature 9 13 14',
  'ŷ without ε in the gradient': '2-batch 3 3-affine 5 6',
  'mean by m − 1 in the gradient': '3 3-affine 4 4-bias 5 6 7-pair 10 11 13 16-duplicate',
  'gain forgotten in the gradient': '3-affine',
  'dγ = Σδ': '3-affine',
  'dβ = mean δ': '3-affine',
  'bias before gain': '15-relu 15-prelu 15-maxPool inference',
  'gain by magnitude': '16-idempotence inference',
  'decay swapped with 1 − decay': 'running-statistics',
  'running variance unbiased': 'running-statistics',
  'statistics leaking gradient': 'constant-statistics',
  'inference without the mean': '18 inference',
  'inference by variance': '18 inference',
  'folding without the bias': '18',
  'folding without the mean': '18',
  'folding without the gain': '18',
  'tiles that do not see each other': '6',
  'kernel gradient of the wrong sign': '6',
  'kernel gradient with L2 in it': '2 6 8-gradient 8-hessian 8-curvature 9 10 11 13 14',
  'bias gradient not 0': '4-bias',
  'leaky relu with offset': '15-relu',
  'softplus for prelu': '15-prelu',
  'pooling by the sum': '20 19',
  'a gain on the last norm': '20 19',
  'loss summed over the batch': '16-duplicate',
  'input offset': '17',
  'input clipped': '17',
  'network with an ε of its own': '8-loss 8-gradient 8-hessian 8-curvature 9 10 14 17',
  'L2 of the wrong sign': '10 12 14',
  'L2 times λ twice': '10 12 14',
  'decay decoupled from momentum': '12',
  'momentum dampened': '12 14',
  'learning rate inside the velocity': '9 14',
  'Nesterov unasked': '12 14',
  'a step the wrong way': '10 12 13 14',
  'a step that is normalized': '9 10 11 12 13 14',
});

/**
 * The laws that fall, within ten samples, if the normalization alone has the fault and its gradients are derived from it,
 * as those of `tensorSubject` are. `test/derivedMutants.ts` has a function with each of these faults.
 */
export const derivedFaults: Faults = faultsOf({
  'ε outside the root': '1 2 1-batch 1-one-epsilon 2-batch 3 5 6 7-variance',
  'ε forgotten': '1-batch 1-one-epsilon 2-batch 3 4 5 6 7-mean 7-variance',
  'ε squared': '1 2 1-batch 2-batch 3 5 6 7-variance',
  'ε a lower limit of the variance': '3 5 6 7-variance',
  'unbiased variance': '3 5 6 7-variance',
  'variance in one pass of float32': '1-batch 1-one-epsilon 2-batch 3 4 5 7-mean 7-variance 7-range 7-pair',
  'deviation for variance': '1 2 1-batch 1-one-epsilon 2-batch 3 4 5 6 7-variance 7-range 7-pair',
  'mean by m + 1': '1 2 1-batch 1-one-epsilon 2-batch 3 4 4-bias 5 6 7-mean 7-variance 7-pair',
  'sign lost': '1 2 1-batch 1-one-epsilon 2-batch 3 6 16-permutation',
  'axis off by one': '1-one-epsilon 3 4 4-bias 5 6 7-mean 7-variance 7-pair 16-permutation',
  'statistics per half of the batch': '1-one-epsilon 3 5 6 7-variance 16-permutation',
});
