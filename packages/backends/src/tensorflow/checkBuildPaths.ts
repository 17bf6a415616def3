import { dirname } from 'node:path';
import { BackendError, OptionError } from '@normlab/errors';
import type { BuildTools } from './compileBinding.js';
import type { TensorflowLibrary } from './tensorflowLibrary.js';
import type { TensorflowPackage } from './tensorflowPackage.js';

/**
 * Letters, digits, spaces and `/ . _ + - @ =`: make, the shell and the linker all take these literally. A `$`, a quote,
 * a backtick or a semicolon can begin a command, a `#` begins a comment in a makefile, and a comma or a colon ends the
 * path in `-Wl,-rpath,…`.
 */
const harmless = /^[\p{L}\p{M}\p{N} /._+@=-]*$/u;

/**
 * Checks the paths that the build writes into a makefile and into shell commands: a folder named `$(command)` would run
 * that command.
 *
 * @throws OptionError for the folder of the library
 * @throws BackendError for the path of a package or tool
 */
export function checkBuildPaths(
  { tensorflow }: TensorflowLibrary,
  { folder }: TensorflowPackage,
  { gyp, preGyp, python }: BuildTools,
): void {
  const library = dirname(tensorflow);
  const rule =
    'have only letters, digits, spaces and / . _ + - @ = in its path, which goes through make and a shell';
  if (!harmless.test(library)) {
    const hint = 'rename it, or copy it to another place';
    throw new OptionError({ where, what: 'the folder of TensorFlow', rule, got: library, hint });
  }
  const paths = {
    'the folder of the package': folder,
    Python: python,
    'node-gyp': gyp,
    'node-pre-gyp': preGyp,
  };
  for (const [what, path] of Object.entries({ ...paths, Node: process.execPath })) {
    if (!harmless.test(path))
      throw new BackendError({ where, what, rule, got: path, hint: 'install it elsewhere' });
  }
}

const where = 'setupTensorflow';
