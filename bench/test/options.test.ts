import { describe, expect, it } from 'vitest';
import { benchmarkNames, parseOptions } from '../src/options.js';

describe('parseOptions', () => {
  it('measures everything on wasm, and only the training step on webgpu', () => {
    expect(parseOptions([])).toMatchObject({
      backend: 'wasm',
      only: benchmarkNames.filter((name) => name !== 'page' && name !== 'cbn'),
      adapter: undefined,
      build: 'auto',
    });
    const onGpu = parseOptions(['--backend', 'webgpu', '--adapter', 'NVIDIA']);
    expect(onGpu).toMatchObject({ backend: 'webgpu', only: ['step'], adapter: 'NVIDIA' });
    expect(parseOptions(['--only', 'conv,start']).only).toEqual(['conv', 'start']);
    expect(parseOptions(['--only', 'cbn', '--step-times', 'x'])).toMatchObject({ stepTimes: 'x' });
  });

  it.each([
    [['--backend', 'webgl'], 'bench: --backend must be one of wasm, webgpu, got "webgl"'],
    [['--backend', 'webgpu', '--only', 'conv'], 'bench: --only must be one of step, got "conv"'],
    [
      ['--only', 'steps'],
      'bench: --only must be one of step, inference, standardize, start, scaling, conv, layers, page, cbn, got "steps"',
    ],
    [
      ['--build', 'plan'],
      'bench: --build must be one of auto, plain, relaxed, wide, got "plan" (did you mean "plain"?)',
    ],
    [['--build', 'wide', '--backend', 'webgpu'], 'bench: --build must go with --backend wasm, got "wide"'],
    [['--adapter', 'x'], 'bench: --adapter must be left out without --backend webgpu, got "x"'],
    [['--step-times', 'x'], 'bench: --step-times must go with --only cbn, got "x"'],
    [['--only', 'step', '--onnxruntime', 'x'], 'bench: --onnxruntime must go with --only inference, got "x"'],
    [
      ['--only', 'step', '--onnxruntime-web', 'x'],
      'bench: --onnxruntime-web must go with --only inference, got "x"',
    ],
    [['--only', 'conv', '--tensorflow', 'x'], 'bench: --tensorflow must go with --only step, got "x"'],
    [['--backend', 'webgpu', '--jax-js', 'x'], 'bench: --jax-js must go with --only step, got "x"'],
    [['--runs', '0'], 'bench: --runs must be a positive number, got "0"'],
  ])('refuses %s', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
