import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { OptionError } from '@normlab/errors';

/** TensorFlow's C library, ready to be linked against. */
export type TensorflowLibrary = {
  /** The folder that contains `tensorflow/c/c_api.h`. */
  readonly headers: string;
  /** The two shared libraries. They cannot be moved: they load other libraries from their own folder. */
  readonly tensorflow: string;
  readonly framework: string;
  /** The Python that the library belongs to, if `from` named one: a command or an absolute path. */
  readonly python?: string;
};

/**
 * Prints the folder of Python's package tensorflow, without importing it; prints nothing if it is not installed. A
 * folder of that name in the working folder does not count.
 */
const findModule = `
import importlib.util, sys
sys.path = [each for each in sys.path if each]
spec = importlib.util.find_spec('tensorflow')
print(spec.submodule_search_locations[0] if spec else '')
`;

/**
 * The C library that belongs to `from`.
 *
 * @param from a Python that has the package tensorflow (a path or a command), that package's folder, or the
 * folder of an unpacked libtensorflow archive
 * @throws OptionError where it has none
 */
export async function findTensorflowLibrary(from: string): Promise<TensorflowLibrary> {
  if (isFolder(from)) {
    const library = libraryIn(resolve(from));
    if (library !== undefined) return library;
    throw unfit(from, 'python3 -m venv tf && tf/bin/pip install tensorflow-cpu, then tf/bin/python');
  }
  const python = from.includes(sep) ? resolve(from) : from;
  const folder = await packageFolder(python);
  if (folder === undefined) throw unfit(from, 'it does not run as Python 3');
  if (folder === '') throw unfit(from, `${from} -m pip install tensorflow-cpu`);
  const library = libraryIn(folder);
  if (library !== undefined) return { ...library, python };
  throw unfit(from, `the package has it from TensorFlow 2.12 on: ${from} -m pip install -U tensorflow-cpu`);
}

/** The folder of the Python package; undefined where the command is no Python, '' where the package is missing. */
async function packageFolder(python: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', findModule], { timeout: 60_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** The library in a folder: a Python package has the libraries at its top, a libtensorflow archive in lib/. */
function libraryIn(folder: string): TensorflowLibrary | undefined {
  const headers = join(folder, 'include');
  if (!existsSync(join(headers, 'tensorflow', 'c', 'c_api.h'))) return undefined;
  for (const place of [folder, join(folder, 'lib')]) {
    const tensorflow = newest(place, /^libtensorflow(_cc)?\.so\.\d+$/);
    const framework = newest(place, /^libtensorflow_framework\.so\.\d+$/);
    if (tensorflow !== undefined && framework !== undefined) return { headers, tensorflow, framework };
  }
  return undefined;
}

function newest(folder: string, name: RegExp): string | undefined {
  if (!isFolder(folder)) return undefined;
  const file = readdirSync(folder)
    .filter((each) => name.test(each))
    .sort()
    .at(-1);
  return file === undefined ? undefined : join(folder, file);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function unfit(from: string, hint: string): OptionError {
  return new OptionError({
    where: 'setupTensorflow',
    what: 'from',
    rule: 'be a Python whose package tensorflow has the C library, or a folder with include/tensorflow/c and libtensorflow',
    got: from,
    hint,
  });
}
