import { judge, outputVariance, type Values } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { describe, expect, it } from 'vitest';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();
const broken = { preload: new URL('./brokenKernel.mjs', import.meta.url).href };

describe('normlab laws', () => {
  it('reports each law as JSON', async () => {
    const args = ['laws', '--runs', '2', '--only', '3,9', '--backend', 'cpu', '--json'];
    const { status, stdout } = await normlab(args, folder);
    expect(status).toBe(0);
    const number = expect.any(Number);
    const [law3, law9] = ['3', '9'].map((id) => ({
      id,
      title: laws.find((each) => each.id === id)!.title,
      exact: true,
      holds: true,
      largestError: number,
      bound: number,
      medianBound: number,
      runs: 2,
      redrawn: number,
      seconds: number,
    }));
    expect(JSON.parse(stdout)).toEqual({
      seed: 1,
      runs: 2,
      machine: expect.stringMatching(/, \d+ cores, Node \d+\./),
      backends: [
        {
          name: 'cpu',
          description: expect.stringContaining('cpu'),
          absolute: [],
          laws: [law3, law9],
          likelyFaults: [],
        },
      ],
    });
  });

  it('prints one line per law, for each backend', async () => {
    const args = ['laws', '--runs', '3', '--only', '2,4-bias', '--backend', 'cpu,wasm', '--threads', '1'];
    const { status, stdout, stderr } = await normlab(args, folder);
    expect(stderr).toBe('');
    const plain = stdout.replaceAll(/ +\d\.\de-\d+| +0(?= )/g, ' E').replaceAll(/ +\d+\.\d s/g, ' T');
    expect(plain.replaceAll(/^(wasm|cpu): .*; /gm, '$1: …; ')).toMatchInlineSnapshot(`
      "cpu: …; 3 samples per law, seed 1
      law                        error    bound    runs    time  statement
      holds  2 E E      3 T  ∂L/∂(aW) = (1/|a|)·∂L/∂W and ∂L/∂u picks up sgn(a)
      holds  4-bias E E      3 T  ∂BN(Wu + b)/∂b = 0
      wasm: …; 3 samples per law, seed 1
      law                        error    bound    runs    time  statement
      holds  2 E E      3 T  ∂L/∂(aW) = (1/|a|)·∂L/∂W and ∂L/∂u picks up sgn(a)
      holds  4-bias E E      3 T  ∂BN(Wu + b)/∂b = 0
      All 4 hold.
      "
    `);
    expect(status).toBe(0);
  });

  it('runs the absolute checks on one backend after the other, with webgpu closed and opened again', async () => {
    const args = ['laws', '--only', 'absolute-head', '--backend', 'cpu,wasm,webgpu', '--json'];
    const { status, stdout } = await normlab(args, folder);
    expect(status).toBe(0);
    const report = expect.objectContaining({ absolute: true, id: 'absolute-head', holds: true });
    const each = (name: string) => expect.objectContaining({ name, absolute: [report], laws: [] });
    expect(JSON.parse(stdout).backends).toEqual(['cpu', 'wasm', 'webgpu'].map(each));
  });

  it('accepts a number for all the laws of that number, and a build of the wasm kernels', async () => {
    const args = ['laws', '--runs', '1', '--only', '7', '--threads', '1', '--build', 'plain', '--json'];
    const { stdout } = await normlab(args, folder);
    const { backends } = JSON.parse(stdout);
    expect(backends[0].description).toContain('1 thread, SIMD, plain kernels');
    const ids = backends[0].laws.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['7-mean', '7-variance', '7-range', '7-pair']);
  });

  describe('on a broken kernel', () => {
    it('prints the smallest sample on which a law fails, and its seed; status 1', async () => {
      const args = ['laws', '--only', '7-mean,7-variance', '--backend', 'cpu', '--seed', '3'];
      const { status, stdout, stderr } = await normlab(args, folder, broken);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^holds {2}7-mean /m);
      expect(stdout).toMatch(
        /^FALLS {2}7-variance .*\n {7}[\d.]+ for [\d.]+ at \[0\], which may be \d\.\de-\d apart\n {7}seed 3, sample \{"shape":\[\d+,1\],"scale":1,.*\}$/m,
      );
      expect(stdout).toMatch(/\n1 of 2 fall\.\n$/);
      expect(status).toBe(1);
    });

    it('names the fault by the laws that fall and those that hold', async () => {
      const args = ['laws', '--only', '3,4,5,6,7', '--runs', '10', '--backend', 'cpu'];
      const { stdout } = await normlab(args, folder, broken);
      expect(stdout).toContain('       likely fault: unbiased variance (fits 100 % of the laws concerned)\n');
    });

    it('fails an absolute check', async () => {
      const args = ['laws', '--only', 'absolute-standardize', '--backend', 'cpu'];
      const { status, stdout } = await normlab(args, folder, broken);
      expect(stdout).toMatch(/^FALLS {2}absolute-standardize /m);
      expect(stdout).toMatch(/\n1 of 1 fall\.\n$/);
      expect(status).toBe(1);
    });

    it('gives the same in JSON, and the law’s predicate fails on it again', async () => {
      const args = ['laws', '--only', '7-variance', '--backend', 'cpu', '--seed', '3', '--json'];
      const { status, stdout } = await normlab(args, folder, broken);
      expect(status).toBe(1);
      const [{ holds, counterexample, largestError, bound }] = JSON.parse(stdout).backends[0].laws;
      expect(holds).toBe(false);
      expect(counterexample).toMatchObject({ seed: 3, error: largestError, bound });
      const again = await judge(outputVariance, { standardize: byUnbiasedVariance }, counterexample.sample);
      expect(again.error).toBeGreaterThan(again.bound);
      expect(again.error).toBeCloseTo(largestError, 5);
    });
  });

  it.each([
    [
      ['--backend', 'nope'],
      '--backend must be a list of wasm, webgpu, tensorflow, cpu, separated by commas, got "nope"',
    ],
    [['--backend', 'cpu,webgp'], 'did you mean "webgpu"?'],
    [['--backend', ''], 'separated by commas, got ""'],
    [['--runs', '0'], '--runs must be an integer ≥ 1, got 0'],
    [['--runs', '1.5'], '--runs must be an integer ≥ 1, got 1.5'],
    [['--runs', 'x'], '--runs must be an integer ≥ 1, got "x"'],
    [['--seed', '4294967296'], '--seed must be an integer from 0 to 4294967295, got 4294967296'],
    [['--only', '99'], '--only must hold ids of laws, numbers from 1 to 20, or absolute, got "99"'],
    [['--only', '3,7-rnage'], 'got "7-rnage" (did you mean "7-range"?)'],
    [['--threads', '0'], '--threads must be an integer from 1 to 512, got 0'],
    [
      ['--build', 'plian'],
      '--build must be one of auto, plain, relaxed, wide, got "plian" (did you mean "plain"?)',
    ],
    [['--build', 'plain', '--backend', 'cpu'], '--build must go with --backend wasm.'],
    [['--adapter', 'software'], '--adapter must go with --backend webgpu.'],
  ])('%j is bad usage, reported before anything runs', async (args, message) => {
    const { status, stdout, stderr } = await callNormlab(['laws', ...args], folder);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

/** The broken kernel's arithmetic, for one channel. */
function byUnbiasedVariance({ data, shape }: Values, epsilon: number): Values {
  const x = Float64Array.from(data);
  const mean = x.reduce((sum, each) => sum + each, 0) / x.length;
  const squares = x.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (x.length - 1) + epsilon);
  return { data: x.map((each) => (each - mean) / deviation), shape };
}
