import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BackendStatus, listBackends, openBackend } from '@normlab/backends';
import { BackendError } from '@normlab/errors';
import { unavailable } from '@normlab/testing';
import { engine, getBackend } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('listBackends', () => {
  it('describes each backend, or says why it cannot be opened and what to do', async () => {
    const statuses = await listBackends();
    expect(statuses.map(({ name }) => name)).toEqual(['wasm', 'webgpu', 'tensorflow', 'cpu', 'webgl']);
    for (const { available, description, reason, remedy } of statuses) {
      expect(description).toMatch(/^(wasm|webgpu|tensorflow|cpu|webgl)/);
      if (available) expect([reason, remedy]).toEqual([undefined, undefined]);
      else for (const text of [reason, remedy]) expect(text).toMatch(/\S/);
    }
  });

  it('opens no backend, and does not change an open one', async () => {
    const before = engine().backendNames();
    await listBackends();
    expect(engine().backendNames()).toEqual(before);
    const backend = await openBackend('cpu');
    await listBackends();
    expect(getBackend()).toBe('cpu');
    await backend.close();
  });
});

// An installed package would be found first; the remedies are different on other systems than Linux.
const skipped = (await unavailable('tensorflow')) === undefined || process.platform !== 'linux';
describe.skipIf(skipped)('a TensorFlow that is', () => {
  const home = process.cwd();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normlab-test-'));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(home);
    await rm(folder, { recursive: true });
  });

  /** Installs a package with this main module where it is found from the working folder. */
  async function install(name: string, main: string, { binding = true } = {}): Promise<void> {
    const files = {
      'package.json': JSON.stringify({ name, version: '4.22.0', main: 'dist/index.js' }),
      'dist/index.js': main,
      ...(binding && { 'lib/napi-v8/tfjs_binding.node': '' }),
    };
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, 'node_modules', name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }

  async function tensorflow(): Promise<BackendStatus> {
    const { reason, remedy, ...status } = (await listBackends())[2]!;
    expect(status).toEqual({ name: 'tensorflow', available: false, description: 'tensorflow' });
    return { ...status, reason: reason!, remedy: remedy! };
  }

  it('not installed', async () => {
    expect(await tensorflow()).toMatchInlineSnapshot(`
      {
        "available": false,
        "description": "tensorflow",
        "name": "tensorflow",
        "reason": "neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed",
        "remedy": "npm install @tensorflow/tfjs-node@4.22.0; where its download fails, npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0 && python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python",
      }
    `);
    await expect(openBackend('tensorflow')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendError: openBackend: backend "tensorflow" must be available here, but neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed (npm install @tensorflow/tfjs-node@4.22.0; where its download fails, npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0 && python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python).]`,
    );
  });

  it('without its library', async () => {
    await install('@tensorflow/tfjs-node', 'throw new Error("no binding")', { binding: false });
    expect(await tensorflow()).toMatchInlineSnapshot(`
      {
        "available": false,
        "description": "tensorflow",
        "name": "tensorflow",
        "reason": "the TensorFlow library of @tensorflow/tfjs-node was not downloaded",
        "remedy": "npm rebuild @tensorflow/tfjs-node; where its download fails, python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python",
      }
    `);
  });

  it('without CUDA', async () => {
    const message = 'libcudart.so.11.0: cannot open shared object file: No such file or directory';
    await install('@tensorflow/tfjs-node-gpu', `throw new Error(${JSON.stringify(message)})`);
    expect(await tensorflow()).toMatchInlineSnapshot(`
      {
        "available": false,
        "description": "tensorflow",
        "name": "tensorflow",
        "reason": "@tensorflow/tfjs-node-gpu does not load: libcudart.so.11.0: cannot open shared object file: No such file or directory",
        "remedy": "install CUDA 11.2 and cuDNN 8.1, or python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python",
      }
    `);
    await expect(openBackend('tensorflow')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendError: openBackend: backend "tensorflow" must be available here, but @tensorflow/tfjs-node-gpu does not load: libcudart.so.11.0: cannot open shared object file: No such file or directory (install CUDA 11.2 and cuDNN 8.1, or python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python).]`,
    );
    expect(engine().backendNames()).not.toContain('tensorflow');
  });

  it.each([
    ['crashing', "process.kill(process.pid, 'SIGSEGV')", 'it crashed with SIGSEGV'],
    ['cut short', "process.kill(process.pid, 'SIGBUS')", 'it crashed with SIGBUS'],
    ['aborting', 'process.abort()', 'it crashed with SIGABRT'],
    ['ending the process', 'process.exit(3)', 'it ended with status 3'],
    ['silent', 'process.exit(0)', 'it ended without an answer'],
    [
      'of another version',
      "console.error('node: symbol lookup error: tfjs_binding.node: undefined symbol: TF_X'); process.exit(127)",
      'tfjs_binding.node: undefined symbol: TF_X',
    ],
  ])('%s', async (_, main, reason) => {
    await install('@tensorflow/tfjs-node', main);
    expect(await tensorflow()).toEqual({
      name: 'tensorflow',
      available: false,
      description: 'tensorflow',
      reason: `@tensorflow/tfjs-node does not load: ${reason}`,
      remedy:
        'npm rebuild @tensorflow/tfjs-node, or python3 -m venv tf && tf/bin/pip install tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python',
    });
    const opening = openBackend('tensorflow');
    await expect(opening).rejects.toThrow(BackendError);
    await expect(opening).rejects.toThrow(`does not load: ${reason} (npm rebuild`);
    expect(engine().backendNames()).not.toContain('tensorflow');
  });

  it('linked with a library that was removed', async () => {
    const message = 'libtensorflow_cc.so.2: cannot open shared object file: No such file or directory';
    await install('@tensorflow/tfjs-node-gpu', `throw new Error(${JSON.stringify(message)})`);
    const links = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu/deps/lib');
    await mkdir(links, { recursive: true });
    await symlink('/no/such/folder/libtensorflow_cc.so.2', join(links, 'libtensorflow.so'));
    expect(await tensorflow()).toMatchInlineSnapshot(`
      {
        "available": false,
        "description": "tensorflow",
        "name": "tensorflow",
        "reason": "@tensorflow/tfjs-node-gpu, linked with /no/such/folder/libtensorflow_cc.so.2, does not load: libtensorflow_cc.so.2: cannot open shared object file: No such file or directory",
        "remedy": "python3 -m venv tf && tf/bin/pip install --force-reinstall tensorflow-cpu && npx normlab setup tensorflow --from tf/bin/python",
      }
    `);
  });

  it('complete, beside an incomplete package, which does not count', async () => {
    await install('@tensorflow/tfjs-node-gpu', 'throw new Error("wrong one")', { binding: false });
    const backend =
      '{ binding: { TF_Version: "9.9.9" }, isUsingGpuDevice: require("node:util").isNullOrUndefined(null) }';
    const main = `console.log('a note'); exports.backend = () => (${backend});`;
    await install('@tensorflow/tfjs-node', main);
    expect((await listBackends())[2]).toMatchInlineSnapshot(`
      {
        "available": true,
        "description": "tensorflow: TensorFlow 9.9.9 on its GPU kernels",
        "name": "tensorflow",
      }
    `);
  });
});
