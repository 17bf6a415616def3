import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import * as datasets from '@normlab/datasets/node';
import { DataError } from '@normlab/errors';
import { describe, expect, it, vi } from 'vitest';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

// So that a test can choose how a download ends.
vi.mock('@normlab/datasets/node', { spy: true });

const folder = temporaryFolder();

describe('normlab download', () => {
  it('an archive with other content is refused before anything is unpacked', async () => {
    const server = createServer((_, response) => response.end('no archive')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}/cifar-10-binary.tar.gz`;
    const { status, stderr } = await normlab(['download', 'cifar10', 'official', '--url', url], folder);
    server.close();
    expect(stderr).toContain('download');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    expect(existsSync(join(folder, 'official', 'cifar-10-batches-bin'))).toBe(false);
  });

  it('an unknown name is bad usage', async () => {
    const { status, stderr } = await normlab(['download', 'cifar', 'official'], folder);
    expect(stderr).toContain('did you mean "cifar10" or "cifar100"?');
    expect(status).toBe(2);
  });

  /** How `normlab download` ends if Ctrl-C comes, and then the download fails with what `reasonFor` makes. */
  const interrupted = (reasonFor: (signal: AbortSignal | undefined) => unknown) => {
    vi.mocked(datasets.download).mockImplementationOnce((_, __, { signal } = {}) => {
      process.emit('SIGINT');
      return Promise.reject(reasonFor(signal));
    });
    return callNormlab(['download', 'cifar10', 'official'], folder);
  };

  it('stopped by Ctrl-C ends with its status, without an error', async () => {
    expect(await interrupted((signal) => signal?.reason)).toMatchObject({
      status: 130,
      stderr: 'Stopping. The received part is kept.\n',
    });
  });

  it('tells what else goes wrong after Ctrl-C', async () => {
    const fault = new DataError({ where: 'download', what: 'the disk', rule: 'have room' });
    const { status, stderr } = await interrupted(() => fault);
    expect(stderr).toBe('Stopping. The received part is kept.\ndownload: the disk must have room.\n');
    expect(status).toBe(1);
  });
});
