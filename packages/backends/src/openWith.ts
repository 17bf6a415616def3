import { BackendError, nameHint, OptionError, refuseOthers } from '@normlab/errors';
import { engine, findBackendFactory, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import type { BackendName, OpenBackend, OpenBackendOptions } from './backend.js';
import type { DeviceOpener } from './device.js';
import { registerGradients } from './gradients.js';

/** More threads than any machine can use; many more would exhaust its memory. */
const maxThreads = 512;

const builds: readonly NonNullable<OpenBackendOptions['build']>[] = ['auto', 'plain', 'relaxed', 'wide'];

/** For each backend of a platform, a function that loads its opener; nothing is loaded before a backend is opened. */
export type Openers = Readonly<Record<BackendName, () => Promise<DeviceOpener>>>;

/** Backends that are being opened or closed: tfjs's registry lacks them then, or has them still. */
const changing = new Set<BackendName>();

async function whileChanging<T>(name: BackendName, change: () => Promise<T>): Promise<T> {
  changing.add(name);
  try {
    return await change();
  } finally {
    changing.delete(name);
  }
}

/** `openBackend` with the openers of a platform. */
export async function openWith(
  openers: Openers,
  name: BackendName,
  options: OpenBackendOptions,
): Promise<OpenBackend> {
  const { threads, build, adapter, wasmFiles, ...others } = options;
  refuseOthers('openBackend', others, ['threads', 'build', 'adapter', 'wasmFiles']);
  if (!Object.hasOwn(openers, name)) throw unknownName(name, Object.keys(openers));
  checkThreads(threads);
  checkBuild(build);
  if (engine().registry[name] !== undefined || changing.has(name)) {
    throw new BackendError({
      where: 'openBackend',
      what: `backend "${name}"`,
      rule: 'be closed before it is opened again',
    });
  }
  return whileChanging(name, () => openFree(openers, name, options));
}

/** Opens a backend that is not open. */
async function openFree(
  openers: Openers,
  name: BackendName,
  options: OpenBackendOptions,
): Promise<OpenBackend> {
  await registerGradients();
  const activate = async () => {
    if (!(await setBackend(name))) {
      throw new BackendError({
        where: 'openBackend',
        what: `backend "${name}"`,
        rule: 'start, but tfjs could not start it',
      });
    }
  };
  const ends: (() => Promise<void>)[] = [];
  const remove = async () => {
    await forget(name);
    for (const end of ends) await end();
  };
  try {
    const open = await openers[name]();
    const device = await open({ ...options, activate, afterRemoval: (end) => ends.push(end) });
    const own = engine().registry[name];
    const close = async () => {
      await device.release?.();
      await remove();
    };
    let closing: Promise<void> | undefined;
    return {
      name,
      description: device.description,
      threads: device.threads,
      ...(device.tensorHeap !== undefined && { tensorHeap: device.tensorHeap }),
      close: async () => {
        // Someone else may have removed the backend, and opened the next one.
        if (closing === undefined && engine().registry[name] !== own) return;
        closing ??= whileChanging(name, close);
        try {
          await closing;
        } catch (error) {
          closing = undefined;
          throw error;
        }
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes a backend from tfjs; if it was active, makes the one opened last before it active. */
async function forget(name: BackendName): Promise<void> {
  const wasActive = engine().backendName === name;
  if (findBackendFactory(name) != null) removeBackend(name);
  const next = Object.keys(engine().registry).at(-1);
  if (wasActive && next !== undefined) await setBackend(next);
}

function checkThreads(threads: unknown): void {
  if (threads === undefined) return;
  if (Number.isInteger(threads) && Number(threads) >= 1 && Number(threads) <= maxThreads) return;
  throw new OptionError({
    where: 'openBackend',
    what: 'threads',
    rule: `be an integer from 1 to ${maxThreads}`,
    got: threads,
  });
}

function checkBuild(build: OpenBackendOptions['build']): void {
  if (build === undefined || builds.includes(build)) return;
  throw new OptionError({
    where: 'openBackend',
    what: 'build',
    rule: 'be a build of the wasm kernels',
    got: build,
    hint: nameHint(String(build), builds),
  });
}

function unknownName(name: unknown, valid: readonly string[]): OptionError {
  return new OptionError({
    where: 'openBackend',
    what: 'name',
    rule: 'be the name of a backend',
    got: name,
    hint: nameHint(String(name), valid),
  });
}
