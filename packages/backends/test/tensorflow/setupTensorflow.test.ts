import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setupTensorflow } from '@normlab/backends';
import { BackendError, OptionError } from '@normlab/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTensorflowPackage } from '../../src/tensorflow/tensorflowPackage.js';

const home = process.cwd();
const packageFolder = 'node_modules/@tensorflow/tfjs-node-gpu';

// A package that is really installed is not to be touched.
describe.skipIf(process.platform !== 'linux' || findTensorflowPackage() !== undefined)(
  'setupTensorflow',
  () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'normlab-test-'));
      process.chdir(folder);
    });
    afterEach(async () => {
      process.chdir(home);
      await rm(folder, { recursive: true });
    });

    async function write(files: Record<string, string>): Promise<void> {
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
    }

    /** What a Python package of TensorFlow holds, as far as it is looked at. */
    async function installTensorflow(): Promise<void> {
      await write({
        'tensorflow/include/tensorflow/c/c_api.h': '',
        'tensorflow/libtensorflow_cc.so.2': '',
        'tensorflow/libtensorflow_framework.so.2': '',
        'bin/python': `#!/bin/sh\necho "${folder}/tensorflow"\n`,
        'bin/bare-python': '#!/bin/sh\necho\n',
      });
      await chmod(join(folder, 'bin/python'), 0o755);
      await chmod(join(folder, 'bin/bare-python'), 0o755);
    }

    /** A package whose build runs `tool` and whose gradients sum up to `sum`. */
    async function installPackage({ tool = 'compile()', sum = 98 } = {}): Promise<void> {
      await write({
        [`${packageFolder}/package.json`]: '{ "name": "@tensorflow/tfjs-node-gpu", "main": "dist/index.js" }',
        [`${packageFolder}/dist/index.js`]: `
        const tensor = { sum: () => ({ dataSync: () => [${sum}] }) };
        exports.grads = () => () => [tensor, tensor];
        exports.ones = exports.conv2d = () => {};
        exports.backend = () => ({ binding: { TF_Version: '9.9.9' }, isUsingGpuDevice: true });`,
        'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp': `
        const fs = require('node:fs');
        function compile() {
          fs.accessSync('deps/include/tensorflow/c/c_api.h');
          fs.accessSync('deps/lib/libtensorflow.so');
          fs.mkdirSync('build-tmp-napi-v8');
          fs.mkdirSync('lib/napi-v8', { recursive: true });
          fs.writeFileSync('lib/napi-v8/tfjs_binding.node', process.env.LDFLAGS);
          console.log('compiled');
        }
        ${tool}`,
      });
    }

    it.each(['bin/python', 'tensorflow'])(
      'links the library of %s, compiles, and proves it',
      async (from) => {
        await installTensorflow();
        await installPackage();
        const lines: string[] = [];
        const setup = await setupTensorflow({ from, onLine: (line) => lines.push(line) });
        const library = join(folder, 'tensorflow/libtensorflow_cc.so.2');
        expect(setup).toEqual({
          package: '@tensorflow/tfjs-node-gpu',
          version: '9.9.9',
          device: 'GPU',
          library,
        });
        expect(lines).toEqual(['compiled']);
        const binding = await readFile(join(packageFolder, 'lib/napi-v8/tfjs_binding.node'), 'utf8');
        expect(binding.trim()).toBe(`'-Wl,-rpath,${folder}/tensorflow'`);
        expect((await readdir(packageFolder)).sort()).toEqual(['deps', 'dist', 'lib', 'package.json']);
      },
    );

    it.each([
      ['does not compile', { tool: 'console.error("x.cc:1: error: no such type"); process.exitCode = 1;' }],
      ['computes something else', { sum: 97 }],
    ])('brings back what was there when the binding %s', async (_, fault) => {
      await installTensorflow();
      await installPackage(fault);
      await write({ [`${packageFolder}/lib/napi-v8/tfjs_binding.node`]: 'before' });
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrow(BackendError);
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrowErrorMatchingSnapshot();
      const binding = await readFile(join(packageFolder, 'lib/napi-v8/tfjs_binding.node'), 'utf8');
      expect(binding).toBe('before');
      expect((await readdir(packageFolder)).sort()).toEqual(['dist', 'lib', 'package.json']);
    });

    it('says what is missing', async () => {
      await installTensorflow();
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrowErrorMatchingSnapshot();
      await installPackage();
      for (const from of ['no-such-python', 'bin/bare-python', 'node_modules']) {
        await expect(setupTensorflow({ from })).rejects.toThrow(OptionError);
      }
      await expect(setupTensorflow({ from: 'no-such-python' })).rejects.toThrowErrorMatchingSnapshot();
      expect(await readdir(packageFolder)).toEqual(['dist', 'package.json']);
    });
  },
);
