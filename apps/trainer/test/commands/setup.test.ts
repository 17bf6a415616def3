import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOf, main, normlab, startNormlab, temporaryFolder } from './spawnNormlab.js';

const packageName = '@tensorflow/tfjs-node-gpu';

describe('normlab setup', () => {
  const folder = temporaryFolder();

  it.each([
    [['tensorflw', '--from', 'python3'], 'must be tensorflow, got "tensorflw" (did you mean "tensorflow"?)'],
    [['tensorflow'], 'normlab setup: --from must be given: a Python or a folder.'],
    [['--from', 'python3'], "missing required argument 'backend'"],
  ])('%j is bad usage', async (args, message) => {
    const { status, stdout, stderr } = await normlab(['setup', ...args], folder);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });
});

// A really installed package would be found first, and must not be changed.
describe.skipIf(process.platform !== 'linux' || isInstalled())('normlab setup tensorflow', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    for (const tool of ['g++', 'make', 'python3']) write(`bin/${tool}`, '#!/bin/sh\n');
    for (const tool of ['g++', 'make', 'python3']) chmodSync(join(folder, 'bin', tool), 0o755);
    vi.stubEnv('PATH', join(folder, 'bin'));
    vi.stubEnv('CXX', undefined);
    for (const file of ['include/tensorflow/c/c_api.h', 'libtensorflow_cc.so.2']) write(`tf/${file}`, '');
    write('tf/libtensorflow_framework.so.2', '');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  function write(path: string, text: string): void {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A fake package with a compiled binding, whose build runs `tool`, and which trains a step like a real one. */
  function installPackage(tool: string): void {
    write(`node_modules/${packageName}/package.json`, '{}');
    write(`node_modules/${packageName}/lib/napi-v8/tfjs_binding.node`, 'before');
    write(
      `node_modules/${packageName}/dist/index.js`,
      `const sum = () => ({ dataSync: () => [98] });
       exports.grads = () => () => [{ sum }, { sum }];
       exports.ones = exports.conv2d = () => {};
       exports.backend = () => ({ binding: { TF_Version: '9.9.9' }, isUsingGpuDevice: false });`,
    );
    write('node_modules/node-gyp/bin/node-gyp.js', '');
    write('node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp', tool);
  }

  const args = ['setup', 'tensorflow', '--from', 'tf'];
  const library = () => join(folder, 'tf', 'libtensorflow_cc.so.2');

  it('prints what it compiles on stderr, and the result on stdout', async () => {
    installPackage("console.log('compiled')");
    const { status, stdout, stderr } = await normlab(args, folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'compiled\n' });
    expect(stdout).toBe(
      `${packageName} computes with TensorFlow 9.9.9 on its CPU kernels, from ${library()}\n` +
        'Ready: normlab train --backend tensorflow\n',
    );
  });

  it('prints one JSON document', async () => {
    installPackage("console.log('compiled')");
    const { status, stdout, stderr } = await normlab([...args, '--json'], folder);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      package: packageName,
      version: '9.9.9',
      device: 'CPU',
      library: library(),
    });
    expect(stderr).toContain('compiled');
  });

  it('fails with status 1 and the compiler’s message, and leaves the package unchanged', async () => {
    installPackage("console.log('x.cc:1: error: no such type'); process.exitCode = 1");
    const { status, stdout, stderr } = await normlab(args, folder);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('the binding must compile, got "x.cc:1: error: no such type"');
    expectAsBefore();
  });

  it('fails with status 1 if no package is installed', async () => {
    const { status, stderr } = await normlab(args, folder);
    expect(stderr).toContain('(npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0)');
    expect(status).toBe(1);
  });

  it('a place without TensorFlow is bad usage', async () => {
    installPackage('');
    const { status, stderr } = await normlab(['setup', 'tensorflow', '--from', 'python'], folder);
    expect(stderr).toContain('got "python" (it does not run as Python 3)');
    expect(status).toBe(2);
    expectAsBefore();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops on %s and leaves the package unchanged', async (signal, expected) => {
    installPackage("console.log('compiling'); setInterval(() => {}, 1000)");
    const child = startNormlab(args, folder);
    child.stderr?.once('data', () => child.kill(signal));
    const { status, stderr } = await endOf(child);
    expect(stderr).toContain('Stopping.');
    expect(status).toBe(expected);
    expectAsBefore();
  });

  function expectAsBefore(): void {
    const place = join(folder, 'node_modules', packageName);
    expect(readFileSync(join(place, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('before');
    for (const name of ['deps', 'deps.before-setup', 'lib.before-setup'])
      expect(existsSync(join(place, name))).toBe(false);
  }
});

function isInstalled(): boolean {
  try {
    createRequire(main).resolve(`${packageName}/package.json`);
    return true;
  } catch {
    return false;
  }
}
