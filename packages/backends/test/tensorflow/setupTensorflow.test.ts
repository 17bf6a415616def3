import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setupTensorflow } from '@normlab/backends/node';
import { BackendError, OptionError } from '@normlab/errors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findTensorflowPackage } from '../../src/tensorflow/tensorflowPackage.js';

const home = process.cwd();
const packageFolder = 'node_modules/@tensorflow/tfjs-node-gpu';

// A package that is really installed must not be changed.
describe.skipIf(process.platform !== 'linux' || findTensorflowPackage() !== undefined)(
  'setupTensorflow',
  () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'normlab-test-'));
      process.chdir(folder);
      for (const tool of ['g++', 'make', 'python3']) await installTool(tool, 'true');
      vi.stubEnv('PATH', join(folder, 'bin'));
      for (const name of ['npm_config_node_gyp', 'CXX', 'PYTHON', 'LDFLAGS']) vi.stubEnv(name, undefined);
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
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

    async function installTool(name: string, command: string): Promise<void> {
      await write({ [`bin/${name}`]: `#!/bin/sh\n${command}\n` });
      await chmod(join(folder, 'bin', name), 0o755);
    }

    /** Makes the files of TensorFlow's Python package that setupTensorflow reads. */
    async function installTensorflow(): Promise<void> {
      await write({
        'tensorflow/include/tensorflow/c/c_api.h': '',
        'tensorflow/libtensorflow_cc.so.2': '',
        'tensorflow/libtensorflow_framework.so.2': '',
        'old/include/tensorflow/c/c_api.h': '',
        'old/libtensorflow_framework.so.2': '',
      });
      await installTool('python', `echo "${folder}/tensorflow"`);
      await installTool('old-python', `echo "${folder}/old"`);
      await installTool('bare-python', 'echo');
    }

    /** A package whose build runs `tool`, and whose main module runs `start` and has gradients that sum up to `sum`. */
    async function installPackage({ tool = 'compile()', start = '', sum = 98 } = {}): Promise<void> {
      await write({
        [`${packageFolder}/package.json`]: '{ "name": "@tensorflow/tfjs-node-gpu", "main": "dist/index.js" }',
        [`${packageFolder}/dist/index.js`]: `
        ${start}
        const tensor = { sum: () => ({ dataSync: () => [${sum}] }) };
        exports.grads = () => () => [tensor, tensor];
        exports.ones = exports.conv2d = () => {};
        exports.backend = () => ({ binding: { TF_Version: '9.9.9' }, isUsingGpuDevice: true });`,
        'node_modules/node-gyp/bin/node-gyp.js': '',
        'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp': `
        const fs = require('node:fs');
        function compile() {
          const { npm_config_node_gyp: gyp, PYTHON } = process.env;
          if (gyp !== '${folder}/node_modules/node-gyp/bin/node-gyp.js') throw new Error('node-gyp: ' + gyp);
          fs.accessSync('deps/include/tensorflow/c/c_api.h');
          fs.accessSync('deps/lib/libtensorflow.so');
          fs.mkdirSync('build-tmp-napi-v8');
          fs.mkdirSync('lib/napi-v8', { recursive: true });
          fs.writeFileSync('lib/napi-v8/tfjs_binding.node', process.env.LDFLAGS + ' ' + PYTHON);
          console.log('compiled');
        }
        ${tool}`,
      });
    }

    it.each([
      ['bin/python', (folder: string) => `${folder}/bin/python`],
      ['python', () => 'python'],
      ['tensorflow', () => 'python3'],
    ])('links the library of %s, compiles, and checks the result', async (from, python) => {
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
      expect(binding.trim()).toBe(`'-Wl,-rpath,${folder}/tensorflow' ${python(folder)}`);
      expect((await readdir(packageFolder)).sort()).toEqual(['deps', 'dist', 'lib', 'package.json']);
    });

    it.each([
      ['does not compile', { tool: failing('In file included from x.cc:\nx.cc:1: error: no such type') }],
      ['is not linked', { tool: failing('/usr/bin/ld: cannot find -ltensorflow') }],
      ['is not made', { tool: failing('make: Entering directory\nmake: *** [x.o] Error 127') }],
      ['lacks headers', { tool: failing('gyp http GET node-headers\ngyp ERR! stack Error: no network') }],
      ['computes something else', { sum: 97 }],
      ['does not load', { start: "throw new Error('undefined symbol: TF_X')" }],
      ['crashes', { start: "process.kill(process.pid, 'SIGSEGV')" }],
    ])('restores the package when the binding %s', async (_, faulty) => {
      await installTensorflow();
      await installPackage(faulty);
      await write({ [`${packageFolder}/lib/napi-v8/tfjs_binding.node`]: 'before' });
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrow(BackendError);
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrowErrorMatchingSnapshot();
      await expectAsBefore();
    });

    it('restores the package when it is stopped, and ends the compiler', async () => {
      await installTensorflow();
      // The compiler is a separate process, for which the tool waits.
      const compiler = "console.log('compiling', process.pid); setInterval(() => {}, 1000)";
      await installPackage({
        tool: `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(compiler)}], { stdio: 'inherit' })`,
      });
      await write({ [`${packageFolder}/lib/napi-v8/tfjs_binding.node`]: 'before' });
      const controller = new AbortController();
      let pid = 0;
      const onLine = (line: string) => {
        pid = Number(line.split(' ')[1]);
        controller.abort(new Error('stopped'));
      };
      const { signal } = controller;
      await expect(setupTensorflow({ from: 'tensorflow', onLine, signal })).rejects.toThrow('stopped');
      await expectAsBefore();
      // Gone, or a zombie that its new parent has not reaped yet.
      const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone');
      expect(state).toMatch(/^gone$|\) Z /);
      await expect(setupTensorflow({ from: 'tensorflow', signal })).rejects.toThrow('stopped');
    });

    it('restores the package that an earlier, killed attempt had changed', async () => {
      await installTensorflow();
      await installPackage({ tool: failing('x.cc:1: error: no such type') });
      await write({
        [`${packageFolder}/lib.before-setup/napi-v8/tfjs_binding.node`]: 'before',
        [`${packageFolder}/lib/napi-v8/tfjs_binding.node`]: 'half of it',
        [`${packageFolder}/build/x.o`]: '',
      });
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrow(BackendError);
      await expectAsBefore();
    });

    async function expectAsBefore(): Promise<void> {
      const binding = await readFile(join(packageFolder, 'lib/napi-v8/tfjs_binding.node'), 'utf8');
      expect(binding).toBe('before');
      expect((await readdir(packageFolder)).sort()).toEqual(['dist', 'lib', 'package.json']);
    }

    it.each([
      '$(touch ran)',
      "it's",
      'a`touch ran`',
      'a;touch ran',
      'a,-plugin',
      'a:b',
      'a#b',
      'a\nb',
      'a"b',
      'a\\b',
    ])('refuses a library in a folder named %j, and runs nothing', async (name) => {
      await installPackage({ tool: 'fs.writeFileSync("../../../ran", "")' });
      const from = join(name, 'tensorflow');
      await write({
        [`${from}/include/tensorflow/c/c_api.h`]: '',
        [`${from}/libtensorflow_cc.so.2`]: '',
        [`${from}/libtensorflow_framework.so.2`]: '',
      });
      const setup = setupTensorflow({ from });
      await expect(setup).rejects.toThrow(OptionError);
      await expect(setup).rejects.toThrow('the folder of TensorFlow must have only letters, digits, spaces');
      expect((await readdir(packageFolder)).sort()).toEqual(['dist', 'package.json']);
      expect(await readdir(folder)).not.toContain('ran');
    });

    it('refuses a Python with such a path', async () => {
      await installTensorflow();
      await installPackage();
      await installTool('$(touch ran)/python', `echo "${folder}/tensorflow"`);
      const setup = setupTensorflow({ from: 'bin/$(touch ran)/python' });
      await expect(setup).rejects.toThrow('setupTensorflow: Python must have only letters');
    });

    it('takes a folder with a space, an accent and a version in its name', async () => {
      await installPackage();
      const from = 'été 2/tensorflow-2.21+cpu@x=1';
      await write({
        [`${from}/include/tensorflow/c/c_api.h`]: '',
        [`${from}/libtensorflow_cc.so.2`]: '',
        [`${from}/libtensorflow_framework.so.2`]: '',
      });
      expect((await setupTensorflow({ from })).library).toBe(join(folder, from, 'libtensorflow_cc.so.2'));
    });

    it('says what is missing', async () => {
      await installTensorflow();
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrowErrorMatchingSnapshot();
      await installPackage();
      for (const from of ['no-such-python', 'bare-python', 'old-python', 'node_modules']) {
        await expect(setupTensorflow({ from })).rejects.toThrow(OptionError);
        await expect(setupTensorflow({ from })).rejects.toThrowErrorMatchingSnapshot(from);
      }
      for (const tool of ['make', 'g++']) await rm(join('bin', tool));
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrow(BackendError);
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrowErrorMatchingSnapshot('tools');
      vi.stubEnv('CXX', 'clang++ -O1');
      await expect(setupTensorflow({ from: 'tensorflow' })).rejects.toThrow(
        'setupTensorflow: clang++, make must be installed',
      );
      expect(await readdir(packageFolder)).toEqual(['dist', 'package.json']);
    });
  },
);

/** A build that prints this and fails. */
function failing(output: string): string {
  return `console.error(${JSON.stringify(output)}); process.exitCode = 1;`;
}
