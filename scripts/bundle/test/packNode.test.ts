import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NormlabError } from '@normlab/errors';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packNode } from '../src/packNode.js';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'normlab-node-test-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

it.each([
  ['needs an additional library', '/usr/lib/libnode.so.115', '"glibc":"2.36",', 'got ["libnode.so.115"]'],
  ['is not made for glibc', '/lib/ld-musl-x86_64.so.1', '', 'got "no glibc"'],
])('refuses a Node that %s', async (_, library, glibc, got) => {
  const report = `{"version":"20.19.0",${glibc}"sharedObjects":["node","/lib64/libc.so.6","${library}"]}`;
  const node = join(temporary, 'node');
  await writeFile(node, `#!/bin/sh\necho '${report}'\n`);
  await chmod(node, 0o755);
  const packing = packNode(join(temporary, 'packed'), node);
  await expect(packing).rejects.toThrow(NormlabError);
  await expect(packing).rejects.toThrow(
    `bundle:gpu: ${node} must need no library but those of glibc and C++, ${got} (run it with a Node from nodejs.org).`,
  );
});
