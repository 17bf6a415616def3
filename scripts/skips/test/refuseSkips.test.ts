import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@normlab/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mayBeSkipped } from '../src/mayBeSkipped.js';

const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('./fixture/vitest.config.ts', import.meta.url));
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs the fixture, whose ONNX test needs ONNX_PYTHON. */
function run(...args: string[]) {
  vi.stubEnv('ONNX_PYTHON', undefined);
  const command = [vitest, 'run', '--config', config, ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return { status, stderr };
}

if (isLinuxX64) {
  describe('a run in which tests were skipped', () => {
    it('fails, and names those that this machine can run', () => {
      expect(run()).toEqual({
        status: 1,
        stderr: `
FAILED: this machine can run these tests, but they were skipped (scripts/skips says which may be):
  skips.ts: is skipped without a reason
  skips.ts: a suite that is skipped > as a whole
  skips.ts: skips itself [for a reason]
`,
      });
    });

    it('passes if -t chose other tests', () => {
      expect(run('-t', 'runs')).toEqual({ status: 0, stderr: '' });
    });

    it('fails if -t chose one of them', () => {
      expect(run('-t', 'skipped as a whole')).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /were skipped .*:\n {2}skips.ts: a suite that is skipped > as a whole\n$/,
        ),
      });
    });
  });

  describe('mayBeSkipped', () => {
    const file = 'packages/any/test/any.test.ts';

    it('no test without a known need', () => {
      expect(mayBeSkipped({ file, name: 'on webgpu > trains' })).toBe(false);
      expect(mayBeSkipped({ file, name: 'a full disk > is reported' })).toBe(false);
    });

    it('a test that needs a variable, as long as it is not set', () => {
      const test = { file, name: 'an ONNX file in onnxruntime > gives the logits' };
      vi.stubEnv('ONNX_PYTHON', undefined);
      expect(mayBeSkipped(test)).toBe(true);
      vi.stubEnv('ONNX_PYTHON', '/usr/bin/python3');
      expect(mayBeSkipped(test)).toBe(false);
    });

    it('a test that needs a program, as long as it is not on the PATH', async () => {
      const test = { file, name: "'deno' > trains, SKIPPED: there is no deno on the PATH" };
      const folder = await temporaryFolder();
      vi.stubEnv('PATH', folder);
      expect(mayBeSkipped(test)).toBe(true);
      writeFileSync(join(folder, 'deno'), '#!/bin/sh\n');
      chmodSync(join(folder, 'deno'), 0o755);
      expect(mayBeSkipped(test)).toBe(false);
    });

    it('asks a need once for all tests of a run', async () => {
      const test = { file, name: "'deno' > trains, SKIPPED: there is no deno on the PATH" };
      const folder = await temporaryFolder();
      vi.stubEnv('PATH', folder);
      const known = new Map();
      expect(mayBeSkipped(test, known)).toBe(true);
      writeFileSync(join(folder, 'deno'), '#!/bin/sh\n');
      chmodSync(join(folder, 'deno'), 0o755);
      expect(mayBeSkipped(test, known)).toBe(true);
      expect(mayBeSkipped(test)).toBe(false);
    });

    it('a test on TensorFlow where its package is missing, and the tests of its set-up where it is there', () => {
      const onTensorflow = mayBeSkipped({ file, name: 'rmsNorm on tensorflow > y ≈ its float64 twin' });
      const ofSetUp = mayBeSkipped({
        file: 'apps/trainer/test/commands/setup.test.ts',
        name: 'normlab setup tensorflow > links',
      });
      expect(ofSetUp).toBe(!onTensorflow);
    });
  });
}
