import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BuildChoice } from '../options.js';
import { type Peer, startPeer } from './peerProcess.js';

/** All peers; `undefined` for peers that this machine does not have. */
export type Peers = {
  /** By threads. */
  readonly ours: ReadonlyMap<number, Peer>;
  readonly machine: ReadonlyMap<number, Peer>;
  readonly stockWasm: Peer;
  readonly composedWasm: Peer;
  readonly stockCpu: Peer;
  readonly pytorch: ReadonlyMap<number, Peer> | undefined;
  readonly all: readonly Peer[];
};

const torchScript = fileURLToPath(new URL('../../pytorchStep.py', import.meta.url));

/** The command that runs a module of this folder under Node. */
export function nodeCommand(file: string, ...args: readonly string[]): string[] {
  return [process.execPath, fileURLToPath(new URL(file, import.meta.url)), ...args];
}

/** The command that runs the PyTorch script. */
export function torchCommand(python: string, ...args: readonly string[]): string[] {
  return [python, torchScript, ...args];
}

const onnxScript = fileURLToPath(new URL('../../onnxInference.py', import.meta.url));

/** The command that runs the onnxruntime script. */
export function onnxCommand(python: string, ...args: readonly string[]): string[] {
  return [python, onnxScript, ...args];
}

/**
 * With glibc's own thresholds, PyTorch returns the memory of large tensors to the system and gets it anew at each step:
 * it is up to 18 % slower.
 */
const torchEnvironment = {
  GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296',
};

/** Starts every peer with every number of threads that it supports. */
export async function openPeers(
  threadCounts: readonly number[],
  python: string | undefined,
  build: BuildChoice,
): Promise<Peers> {
  const perCount = async (name: string, command: (threads: number) => string[], environment = {}) => {
    const peers = new Map<number, Peer>();
    for (const threads of threadCounts)
      peers.set(threads, await startPeer(name, threads, command(threads), environment));
    return peers;
  };
  const ours = await perCount('normlab', (threads) =>
    nodeCommand('normlabPeer.js', 'wasm', String(threads), build),
  );
  const machine = await perCount('machine', (threads) => nodeCommand('machinePeer.js', String(threads)));
  const stockWasm = await startPeer('tfjs wasm', 1, nodeCommand('stockPeer.js', 'wasm'));
  const composedWasm = await startPeer(
    'tfjs wasm + composed gradients',
    1,
    nodeCommand('stockPeer.js', 'composed'),
  );
  const stockCpu = await startPeer('tfjs cpu', 1, nodeCommand('stockPeer.js', 'cpu'));
  const pytorch =
    python === undefined
      ? undefined
      : await perCount(
          'PyTorch',
          (threads) => torchCommand(python, '--threads', String(threads)),
          torchEnvironment,
        );
  const all = [
    ...ours.values(),
    stockWasm,
    composedWasm,
    stockCpu,
    ...(pytorch?.values() ?? []),
    ...machine.values(),
  ];
  return { ours, machine, stockWasm, composedWasm, stockCpu, pytorch, all };
}

/** The first Python that has a package, or undefined. */
export async function findPython(
  packageName: string,
  candidates: readonly string[],
): Promise<string | undefined> {
  for (const python of candidates) {
    try {
      await promisify(execFile)(python, ['-c', `import ${packageName}`]);
      return python;
    } catch {
      // Missing, or without the package: the next Python may have it.
    }
  }
  return undefined;
}
