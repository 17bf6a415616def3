import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { OptionError } from '@normlab/errors';

/** TensorFlow's C library, ready to be linked against. */
export type TensorflowLibrary = {
  /** The folder that holds `tensorflow/c/c_api.h`. */
  readonly headers: string;
  /** The two shared libraries, which stay where they are: they look for others beside them. */
  readonly tensorflow: string;
  readonly framework: string;
};

/** Prints the folder of Python's package tensorflow, without importing it; nothing where there is none. */
const findModule = `
import importlib.util
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
  const folder = isFolder(from) ? resolve(from) : await packageFolder(from);
  const library = folder === undefined ? undefined : libraryIn(folder);
  if (library !== undefined) return library;
  throw new OptionError({
    where: 'setupTensorflow',
    what: 'from',
    rule: 'be a Python that has the package tensorflow, or a folder with include/tensorflow/c and libtensorflow',
    got: from,
    hint: 'python3 -m venv tf && tf/bin/pip install tensorflow-cpu, then tf/bin/python',
  });
}

async function packageFolder(python: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', findModule], { timeout: 60_000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** In a Python package all lies in one folder; a libtensorflow archive has include/ and lib/. */
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
