import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodeCommand, torchCommand } from './openPeers.js';
import { type Peer, startPeer } from './peerProcess.js';

/** All peers of a comparison on a GPU. */
export type WebgpuPeers = {
  readonly ours: Peer;
  readonly stock: Peer;
  /** PyTorch on the same machine's GPU, in both layouts of its tensors; or why it is missing. */
  readonly pytorch: readonly Peer[] | { readonly missing: string };
  /** Whether the adapter runs on the processor. */
  readonly software: boolean;
  readonly all: readonly Peer[];
};

/** Starts every peer on the same adapter, and PyTorch if it has a GPU. */
export async function openWebgpuPeers(
  adapter: string | undefined,
  python: string | undefined,
): Promise<WebgpuPeers> {
  const choice = adapter === undefined ? [] : [adapter];
  const ours = await startPeer('normlab webgpu', 1, nodeCommand('normlabPeer.js', 'webgpu', ...choice));
  const stock = await startPeer('tfjs webgpu', 1, nodeCommand('stockPeer.js', 'webgpu', ...choice));
  const pytorch = await openTorch(python);
  return {
    ours,
    stock,
    pytorch,
    // As `openBackend` describes it.
    software: ours.description.endsWith(', in software'),
    all: [ours, stock, ...('missing' in pytorch ? [] : pytorch)],
  };
}

async function openTorch(python: string | undefined): Promise<WebgpuPeers['pytorch']> {
  if (python === undefined) return { missing: 'skipped: no Python with torch was found' };
  if (!(await seesCuda(python))) return { missing: 'skipped: PyTorch finds no CUDA here' };
  const layouts = ['channels-last', 'contiguous'];
  return Promise.all(
    layouts.map((layout) =>
      startPeer(`PyTorch cuda ${layout}`, 1, torchCommand(python, '--device', 'cuda', '--layout', layout)),
    ),
  );
}

function seesCuda(python: string): Promise<boolean> {
  const question = 'import sys, torch; sys.exit(not torch.cuda.is_available())';
  return promisify(execFile)(python, ['-c', question]).then(
    () => true,
    () => false,
  );
}
