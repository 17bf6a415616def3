import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

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
});
