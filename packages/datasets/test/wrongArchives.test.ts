import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { complaintOf, get, good } from './archiveFixtures.js';
import { archiveServer, refuses, sends } from './archiveServer.js';
import { type TarEntry, tarball } from './tarball.js';

describe('a wrong archive', () => {
  it('is removed and not unpacked when its hash is wrong', async () => {
    const dir = await temporaryFolder();
    const wrong = Buffer.from(good);
    wrong[5000]! ^= 1;
    const { url } = await archiveServer(sends(wrong));
    expect(await complaintOf(get(good, dir, { url }), dir)).toMatchInlineSnapshot(
      `"download: the SHA-256 of http://<host>/archive.tar.gz must be <sha256>, got "<sha256>" (nothing was unpacked and the archive was removed; download it again, or from another address)."`,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('is refused when its length is wrong, announced or not', async () => {
    const dir = await temporaryFolder();
    const long = await archiveServer(sends(Buffer.concat([good, Buffer.alloc(7)])));
    expect(await complaintOf(get(good, dir, { url: long.url }), dir)).toMatchInlineSnapshot(
      `"download: http://<host>/archive.tar.gz must be <length> bytes long, got <length + 7> (it is another archive; give another address)."`,
    );
    const silent = await archiveServer((_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(Buffer.concat([good, Buffer.alloc(7)]));
    });
    expect(await complaintOf(get(good, dir, { url: silent.url }), dir)).toContain(
      `must be <length> bytes long, got "more than`,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('is refused with the server’s status when the server has no archive', async () => {
    const dir = await temporaryFolder();
    const { url, ranges } = await archiveServer(refuses(404));
    expect(await complaintOf(get(good, dir, { url }), dir)).toMatchInlineSnapshot(
      `"download: http://<host>/archive.tar.gz must answer with the archive, got "404 Not Found" (give another address)."`,
    );
    expect(ranges).toHaveLength(1);
  });

  it('is refused when no server answers', async () => {
    const dir = await temporaryFolder();
    // Port 9 (discard) is on fetch's list of blocked ports.
    const message = await complaintOf(get(good, dir, { url: 'http://127.0.0.1:9/' }), dir);
    expect(message).toMatchInlineSnapshot(
      `"download: http://<host>/ must send <length> bytes, got "fetch failed: bad port" (check the connection, or give another address)."`,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  const outside: [string, TarEntry][] = [
    ['.. in front', { path: '../evil', content: 'x' }],
    ['.. within', { path: 'data/../../evil', content: 'x' }],
    ['an absolute path', { path: '/evil', content: 'x' }],
    ['another folder', { path: 'other/evil', content: 'x' }],
    ['a file in the folder’s place', { path: 'data', content: 'x' }],
    ['a symbolic link', { path: 'data/link', type: '2', target: '..' }],
    ['a hard link', { path: 'data/link', type: '1', target: '/etc/hosts' }],
    ['a back slash', { path: 'data\\..\\..\\evil', content: 'x' }],
  ];
  it.each(outside)(
    'is refused completely when an entry would be written outside its folder: %s',
    async (_, entry) => {
      const above = await temporaryFolder();
      const dir = join(above, 'below');
      const bad = tarball([{ path: 'data/a.bin', content: 'first' }, entry]);
      const { url } = await archiveServer(sends(bad));
      expect(await complaintOf(get(bad, dir, { url }), dir)).toMatchSnapshot();
      expect(await readdir(above)).toEqual(['below']);
      expect(await readdir(dir)).toEqual([]);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'gives no file its mode: none is setuid or writable for all',
    async () => {
      const dir = await temporaryFolder();
      const bad = tarball([
        { path: 'data/', type: '5', mode: '0007777' },
        { path: 'data/a.bin', content: 'x', mode: '0007777' },
        { path: 'data/b.bin', content: 'x', mode: '0000000' },
        { path: 'data/inner/', type: '5', mode: '0000000' },
        { path: 'data/inner/c.bin', content: 'x' },
      ]);
      const { url } = await archiveServer(sends(bad));
      await get(bad, dir, { url });
      const mask = process.umask();
      for (const [path, mode] of [
        ['data', 0o777],
        ['data/a.bin', 0o644],
        ['data/b.bin', 0o644],
        ['data/inner', 0o777],
        ['data/inner/c.bin', 0o644],
      ] as const) {
        expect((await stat(join(dir, path))).mode & 0o7777, path).toBe(mode & ~mask);
      }
    },
  );

  it('is refused when it is cut off, empty or not an archive, though its hash is right', async () => {
    const folderOnly = tarball([{ path: 'data/', type: '5' }]);
    const only = await temporaryFolder();
    const server = await archiveServer(sends(folderOnly));
    const complaint = await complaintOf(get(folderOnly, only, { url: server.url }), only);
    expect(complaint).toMatch(/^download: entry "data" of .* must hold at least one file, got "nothing"/);
    const bads = [good.subarray(0, 100_000), tarball([]), Buffer.from('<html>not found</html>')];
    for (const bad of bads) {
      const dir = await temporaryFolder();
      const { url } = await archiveServer(sends(bad));
      const failing = get(bad, dir, { url });
      expect(await complaintOf(failing, dir)).toMatchSnapshot();
      expect(await readdir(dir)).toEqual([]);
      await expect(failing).rejects.toMatchObject(bad === bads[0] ? { cause: expect.any(Error) } : {});
    }
  });
});
