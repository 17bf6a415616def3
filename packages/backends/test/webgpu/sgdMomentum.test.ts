import { twins, unitRoundoff, worstExcess } from '@normlab/testing';
import { constant, sgd } from '@normlab/train';
import { dispose, getKernel } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { normals, tensorOf } from '../support/tensors.js';

await describeBeside('webgpu', {}, (compute) => {
  it.each([
    { size: [3, 3, 5, 8], nesterov: false, l2: 0 },
    { size: [97], nesterov: false, l2: 2e-2 },
    { size: [7, 4], nesterov: true, l2: 2e-2 },
    { size: [1], nesterov: true, l2: 0 },
  ])(
    'an SGD step of $size agrees with its equations, nesterov $nesterov, λ = $l2',
    async ({ size, nesterov, l2 }) => {
      const [w, g, v] = [normals(1, ...size), normals(2, ...size), normals(3, ...size)];
      const [eta, m] = [0.1, 0.9];
      const optimizer = sgd({ learningRate: constant(eta), momentum: m, nesterov, l2 });
      const ours = await compute('webgpu', async () => {
        expect(getKernel('NormlabSgdMomentumStep', 'webgpu')).toBeDefined();
        const given = { w: tensorOf(w), g: tensorOf(g), v: tensorOf(v) };
        // Another variable before it, which must not be taken for it.
        const next = optimizer.update(
          { u: given.v, w: given.g },
          { 'u/velocity': given.w, 'w/velocity': given.v },
          { u: given.g, w: given.w },
          0,
        );
        const results = [next.params.w!, next.state['w/velocity']!];
        const values = await Promise.all(results.map((each) => each.data()));
        dispose([given, next.params, next.state]);
        return values;
      });
      const expected = { w: new Float64Array(w.data.length), v: new Float64Array(w.data.length) };
      const terms = new Float64Array(w.data.length);
      w.data.forEach((param, i) => {
        const rule = { learningRate: eta, momentum: m, weightDecay: l2, nesterov };
        [expected.w[i], expected.v[i]] = twins.sgdStep([param, g.data[i]!, v.data[i]!], rule);
        terms[i] = m * Math.abs(v.data[i]!) + Math.abs(g.data[i]!) + l2 * Math.abs(param);
      });
      // v' has four roundings of terms up to s = m|v| + |g| + λ|w|, and three constants rounded to float32; w' has
      // twice as many roundings of terms up to 2s, times η, and one of its own.
      const bounds = {
        v: (i: number) => 7 * unitRoundoff * terms[i]!,
        w: (i: number) => unitRoundoff * (Math.abs(expected.w[i]!) + eta * 14 * 2 * terms[i]!),
      };
      expect(worstExcess(ours[0]!, expected.w, bounds.w), "w'").toBeLessThanOrEqual(1);
      expect(worstExcess(ours[1]!, expected.v, bounds.v), "v'").toBeLessThanOrEqual(1);
    },
  );
});
