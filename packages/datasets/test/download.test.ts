import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { archives, type DownloadProgress, download } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import { describe, expect, it, vi } from 'vitest';
import { complaintOf, content, expectWhole, get, good } from './archiveFixtures.js';
import { type ArchiveServer, archiveServer, ignoresRanges, refuses, sends } from './archiveServer.js';
import { tarball } from './tarball.js';

const partial = 'data.tar.gz.partial';

/** The server closes the connection after each of these numbers of bytes. */
function cutting({ hangUp }: ArchiveServer, ...counts: number[]) {
  const left = new Set(counts);
  return ({ done }: DownloadProgress): void => {
    if (left.delete(done)) hangUp();
  };
}

describe('transfer', () => {
  it('fetches, checks and unpacks, and reports progress', async () => {
    const dir = await temporaryFolder();
    const { url, ranges } = await archiveServer(sends(good));
    const told: DownloadProgress[] = [];
    expect(await get(good, dir, { url, onProgress: (progress) => told.push(progress) })).toBe(
      join(dir, 'data'),
    );
    await expectWhole(dir);
    expect(ranges).toEqual(['']);
    const size = good.length;
    expect(told[0]).toEqual({ phase: 'fetch', done: 0, total: size });
    expect(told).toContainEqual({ phase: 'fetch', done: size, total: size });
    expect(told).toContainEqual({ phase: 'check', done: size, total: size });
    expect(told.at(-1)).toEqual({ phase: 'unpack', done: content.length + 8, total: content.length + 8 });
    const done = told.filter(({ phase }) => phase === 'fetch').map((progress) => progress.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  it('does nothing if the folder already exists', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'data'));
    await writeFile(join(dir, 'data/a.bin'), '');
    const { url, ranges } = await archiveServer(refuses(404));
    expect(await get(good, dir, { url })).toBe(join(dir, 'data'));
    expect(ranges).toEqual([]);
  });

  it('resumes an interrupted transfer where it stopped', async () => {
    const dir = await temporaryFolder();
    const server = await archiveServer(sends(good, 100_000), sends(good, 50_000), sends(good));
    await get(good, dir, { url: server.url, onProgress: cutting(server, 100_000, 150_000) });
    await expectWhole(dir);
    expect(server.ranges).toEqual(['', 'bytes=100000-', 'bytes=150000-']);
  });

  it('refuses a second download into the same folder while the first is running', async () => {
    const dir = await temporaryFolder();
    let refusal: Promise<string> | undefined;
    const { url } = await archiveServer((request, response) => {
      refusal ??= complaintOf(get(good, dir, { url: 'http://127.0.0.1:9/' }), dir);
      void refusal.then(() => sends(good)(request, response));
    });
    expect(await get(good, dir, { url })).toBe(join(dir, 'data'));
    expect(await refusal).toContain(
      `download: <dir>/data must be written by one process at a time, got "process ${process.pid} on`,
    );
    await expectWhole(dir);
  });

  it('removes what a run killed while unpacking left behind', async () => {
    const dir = await temporaryFolder();
    const half = join(dir, '.data.01234567-89ab-cdef-0123-456789abcdef.partial');
    await mkdir(half);
    await utimes(half, new Date('2020-01-01'), new Date('2020-01-01'));
    const { url } = await archiveServer(sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
  });

  it('resumes from the bytes that an earlier call kept', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, partial), good.subarray(0, 1234));
    const { url, ranges } = await archiveServer(sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
    expect(ranges).toEqual(['bytes=1234-']);
  });

  it('requests nothing if all bytes are there, and starts over if there are too many', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, partial), good);
    const none = await archiveServer(refuses(404));
    await get(good, dir, { url: none.url });
    await expectWhole(dir);
    expect(none.ranges).toEqual([]);
    const other = await temporaryFolder();
    await writeFile(join(other, partial), Buffer.concat([good, good]));
    const { url, ranges } = await archiveServer(sends(good));
    await get(good, other, { url });
    await expectWhole(other);
    expect(ranges).toEqual(['']);
  });

  it('starts over if the server does not support ranges, or refuses this one', async () => {
    const dir = await temporaryFolder();
    const deaf = await archiveServer(sends(good, 100_000), ignoresRanges(good));
    await get(good, dir, { url: deaf.url, onProgress: cutting(deaf, 100_000) });
    await expectWhole(dir);
    expect(deaf.ranges).toEqual(['', 'bytes=100000-']);
    const other = await temporaryFolder();
    const strict = await archiveServer(sends(good, 100_000), refuses(416), sends(good));
    await get(good, other, { url: strict.url, onProgress: cutting(strict, 100_000) });
    await expectWhole(other);
    expect(strict.ranges).toEqual(['', 'bytes=100000-', '']);
  });

  it('tries again when the server is busy', async () => {
    const dir = await temporaryFolder();
    const { url, ranges } = await archiveServer(refuses(503), refuses(429), sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
    expect(ranges).toHaveLength(3);
  });

  it.each(['HTTP_PROXY', 'http_proxy'])(
    'goes through the proxy of %s, but not to what NO_PROXY names',
    async (name) => {
      const { url } = await archiveServer(sends(good));
      const { port } = new URL(url);
      const asked: string[] = [];
      // Leads every tunnel to the server, which has another name for the proxy alone.
      const proxy = createServer().on('connect', (request, socket) => {
        asked.push(request.url ?? '');
        const tunnel = connect(Number(port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          tunnel.pipe(socket).pipe(tunnel);
        });
        tunnel.on('error', () => socket.destroy());
        socket.on('error', () => tunnel.destroy());
      });
      await once(proxy.listen(0, '127.0.0.1'), 'listening');
      for (const each of ['HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(each, undefined);
      try {
        const address = proxy.address();
        vi.stubEnv(name, `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
        const dir = await temporaryFolder();
        await get(good, dir, { url: 'http://archive.invalid/archive.tar.gz' });
        await expectWhole(dir);
        expect(asked).toEqual(['archive.invalid:80']);
        vi.stubEnv('NO_PROXY', '127.0.0.1');
        const other = await temporaryFolder();
        await get(good, other, { url });
        await expectWhole(other);
        expect(asked).toHaveLength(1);
        vi.stubEnv(name, 'proxy:port:');
        await expect(get(good, await temporaryFolder(), { url })).rejects.toThrow('be addresses of proxies');
      } finally {
        vi.unstubAllEnvs();
        proxy.close();
        proxy.closeAllConnections();
      }
    },
  );

  it.each([500, 502, 429, 408])('tries again after status %d', async (status) => {
    const dir = await temporaryFolder();
    const { url, ranges } = await archiveServer(refuses(status), sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
    expect(ranges).toEqual(['', '']);
  });

  it('tries again if the server sends another range than the requested one', async () => {
    const dir = await temporaryFolder();
    const otherRange = (_: unknown, response: ServerResponse) => {
      const head = { 'content-range': `bytes 900-${good.length - 1}/${good.length}` };
      response.writeHead(206, head).end(good.subarray(900));
    };
    await writeFile(join(dir, partial), good.subarray(0, 1000));
    const { url, ranges } = await archiveServer(otherRange, sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
    expect(ranges).toEqual(['bytes=1000-', 'bytes=1000-']);
  });

  it('resumes a transfer that ends early without an error, ten times in all', async () => {
    const dir = await temporaryFolder();
    const endsEarly = (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(good.subarray(0, 1000));
    };
    const once = await archiveServer(endsEarly, sends(good));
    await get(good, dir, { url: once.url });
    await expectWhole(dir);
    expect(once.ranges).toEqual(['', 'bytes=1000-']);
    const other = await temporaryFolder();
    const { url, ranges } = await archiveServer(endsEarly);
    expect(await complaintOf(get(good, other, { url }), other)).toBe(
      'download: http://<host>/archive.tar.gz must send <length> bytes, got "the transfer ended early" (the 1000 bytes received are kept; run it again to resume).',
    );
    expect(ranges).toHaveLength(10);
  });

  it('waits before it tries again, not before the first time, and stops while it waits', async () => {
    const dir = await temporaryFolder();
    const { url } = await archiveServer(sends(good));
    await get(good, dir, { url, retryDelay: 600_000 });
    await expectWhole(dir);
    const other = await temporaryFolder();
    const busy = await archiveServer(refuses(503));
    const stop = new AbortController();
    const reason = new Error('no longer needed');
    let attempts = 0;
    const onProgress = () => {
      attempts++;
      if (attempts === 2) setTimeout(() => stop.abort(reason), 20);
    };
    const options = { url: busy.url, retryDelay: 600_000, signal: stop.signal, onProgress };
    await expect(get(good, other, options)).rejects.toBe(reason);
    expect(busy.ranges).toHaveLength(1);
  });

  it('refuses addresses of proxies and of archives that are none', async () => {
    const dir = await temporaryFolder();
    await expect(get(good, dir, { url: 'shttp://127.0.0.1/' })).rejects.toThrow(
      'download: url must be an address that begins with http:// or https://',
    );
    vi.stubEnv('HTTP_PROXY', 'http://[');
    vi.stubEnv('http_proxy', 'http://[');
    try {
      await expect(get(good, dir, { url: 'http://127.0.0.1:9/' })).rejects.toMatchObject({
        message: expect.stringMatching(/^download: HTTP_PROXY and HTTPS_PROXY must be addresses of proxies/),
        cause: expect.any(Error),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  /** Closes the connection without an answer. */
  const hangsUp = (request: IncomingMessage) => {
    request.socket.destroy();
  };

  it('goes on after a lost connection only if a server has answered before', async () => {
    const dir = await temporaryFolder();
    const server = await archiveServer(sends(good, 1000), hangsUp, hangsUp, sends(good));
    await get(good, dir, { url: server.url, onProgress: cutting(server, 1000) });
    await expectWhole(dir);
    expect(server.ranges).toEqual(['', 'bytes=1000-', 'bytes=1000-', 'bytes=1000-']);
    const other = await temporaryFolder();
    const dead = await archiveServer(hangsUp, sends(good));
    expect(await complaintOf(get(good, other, { url: dead.url }), other)).toMatch(
      /must send <length> bytes, got "fetch failed.*\(check the connection, or give another address\)/,
    );
    expect(dead.ranges).toHaveLength(1);
  });

  it('says why the last transfer ended', async () => {
    const dir = await temporaryFolder();
    const server = await archiveServer(sends(good, 1000));
    const onProgress = ({ done }: DownloadProgress) => {
      if (done > 0 && done % 1000 === 0) server.hangUp();
    };
    expect(await complaintOf(get(good, dir, { url: server.url, onProgress }), dir)).toContain(
      'got "terminated: other side closed"',
    );
  });

  it('asks for the bytes as they are, and takes no answer without a range for the rest', async () => {
    const dir = await temporaryFolder();
    const withoutRange = (_: unknown, response: ServerResponse) => {
      response.writeHead(206).end(good.subarray(1000));
    };
    await writeFile(join(dir, partial), good.subarray(0, 1000));
    const { url } = await archiveServer(withoutRange, sends(good));
    await get(good, dir, { url });
    await expectWhole(dir);
    let encoding: unknown;
    const other = await temporaryFolder();
    const server = await archiveServer((request, response) => {
      encoding = request.headers['accept-encoding'];
      sends(good)(request, response);
    });
    await get(good, other, { url: server.url });
    expect(encoding).toBe('identity');
  });

  it('is refused with a status that has no body, or by a server that has no such range of nothing', async () => {
    const dir = await temporaryFolder();
    const empty = await archiveServer(refuses(204));
    expect(await complaintOf(get(good, dir, { url: empty.url }), dir)).toContain('got "204 No Content"');
    const rangeless = await archiveServer(refuses(416));
    expect(await complaintOf(get(good, dir, { url: rangeless.url }), dir)).toContain(
      'got "the server answered 416" (check the connection',
    );
  });

  it('keeps a good archive that cannot be unpacked here', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'data'), 'in the way');
    const { url } = await archiveServer(sends(good));
    await expect(get(good, dir, { url })).rejects.toThrow(/^download: /);
    expect(await readdir(dir)).toEqual(['data', partial]);
    expect(await readFile(join(dir, partial))).toEqual(good);
  });

  it('names the download in errors of the file system', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'file'), '');
    await expect(get(good, join(dir, 'file', 'below'), { url: 'http://127.0.0.1:9/' })).rejects.toThrow(
      /^download: /,
    );
  });

  it('leaves no connection open', async () => {
    const dir = await temporaryFolder();
    const open = new Set<unknown>();
    const { url } = await archiveServer((request, response) => {
      open.add(request.socket);
      request.socket.once('close', () => open.delete(request.socket));
      sends(good)(request, response);
    });
    await get(good, dir, { url });
    // Far less than the seconds for which an unused connection is kept.
    await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 300_000, interval: 10 });
  });

  it.skipIf(process.platform !== 'linux')('leaves no file open', async () => {
    const dir = await temporaryFolder();
    const { url } = await archiveServer(sends(good));
    await get(good, dir, { url });
    const links = await readdir('/proc/self/fd');
    const targets = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    expect(targets.filter((target) => target.startsWith(dir))).toEqual([]);
  });

  it('keeps the error of the transfer', async () => {
    const dir = await temporaryFolder();
    await expect(get(good, dir, { url: 'http://127.0.0.1:9/' })).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'fetch failed' }),
    });
  });

  it('keeps the received bytes when it gives up', async () => {
    const dir = await temporaryFolder();
    const server = await archiveServer(sends(good, 1000), refuses(503));
    const onProgress = cutting(server, 1000);
    const message = await complaintOf(get(good, dir, { url: server.url, onProgress }), dir);
    expect(message).toMatchInlineSnapshot(
      `"download: http://<host>/archive.tar.gz must send <length> bytes, got "the server answered 503" (the 1000 bytes received are kept; run it again to resume)."`,
    );
    expect(await readdir(dir)).toEqual([partial]);
    expect(await readFile(join(dir, partial))).toEqual(good.subarray(0, 1000));
  });

  it('stops on its signal with the signal’s reason and keeps the received bytes', async () => {
    const dir = await temporaryFolder();
    const stop = new AbortController();
    const reason = new Error('no longer needed');
    const { url } = await archiveServer((_, response) => {
      response.writeHead(200, { 'content-length': good.length }).write(good.subarray(0, 5000));
    });
    const onProgress = ({ done }: DownloadProgress) => {
      if (done === 5000) stop.abort(reason);
    };
    const { signal } = stop;
    await expect(get(good, dir, { url, signal, onProgress })).rejects.toBe(reason);
    expect(await readFile(join(dir, partial))).toEqual(good.subarray(0, 5000));
    // Before the first request, and while an answer is awaited.
    await expect(get(good, dir, { url, signal })).rejects.toBe(reason);
    const waiting = new AbortController();
    const silent = await archiveServer(() => waiting.abort(reason));
    await expect(get(good, dir, { url: silent.url, signal: waiting.signal })).rejects.toBe(reason);
  });
});

describe('after the transfer', () => {
  it.each(['fetch', 'check', 'unpack'])(
    'a signal at the end of phase %s stops, unpacks nothing, and keeps the archive',
    async (last) => {
      const dir = await temporaryFolder();
      const { url, ranges } = await archiveServer(sends(good));
      const stop = new AbortController();
      const reason = new Error('no longer needed');
      const onProgress = ({ phase, done, total }: DownloadProgress) => {
        if (phase === last && done === total) stop.abort(reason);
      };
      await expect(get(good, dir, { url, signal: stop.signal, onProgress })).rejects.toBe(reason);
      expect(await readdir(dir)).toEqual([partial]);
      expect(await readFile(join(dir, partial))).toEqual(good);
      await get(good, dir, { url });
      await expectWhole(dir);
      expect(ranges).toHaveLength(1);
    },
  );

  it.each(['check', 'unpack'])('a signal within phase %s stops at once', async (last) => {
    const dir = await temporaryFolder();
    // A chunk of the check is 1 MiB, one of unpacking a file.
    const long = tarball([
      { path: 'data/a.bin', content: 'x'.repeat(1_500_000) },
      { path: 'data/b.bin', content: 'y' },
    ]);
    const { url } = await archiveServer(sends(long));
    const stop = new AbortController();
    const reason = new Error('no longer needed');
    const told: DownloadProgress[] = [];
    const onProgress = (progress: DownloadProgress) => {
      told.push(progress);
      if (progress.phase === last) stop.abort(reason);
    };
    await expect(get(long, dir, { url, signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(told.filter(({ phase }) => phase === last)).toHaveLength(1);
    expect(told.at(-1)!.done).toBeLessThan(told.at(-1)!.total);
    expect(await readdir(dir)).toEqual([partial]);
  });
});

describe('download', () => {
  it('knows the official archives', () => {
    expect(archives).toMatchInlineSnapshot(`
      {
        "cifar10": {
          "bytes": 170052171,
          "folder": "cifar-10-batches-bin",
          "sha256": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
          "url": "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        },
        "cifar100": {
          "bytes": 168513733,
          "folder": "cifar-100-binary",
          "sha256": "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
          "url": "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        },
      }
    `);
  });

  it('refuses another name or address', async () => {
    const dir = await temporaryFolder();
    const name: 'cifar10' = JSON.parse('"cifar-10"');
    await expect(download(name, dir)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: download: name must be one of cifar10, cifar100, got "cifar-10" (did you mean "cifar10" or "cifar100"?).]`,
    );
    await expect(download('cifar10', dir, { url: 'ftp://x/y' })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: download: url must be an address that begins with http:// or https://, got "ftp://x/y".]`,
    );
  });

  it('requires the official length at another address too', async () => {
    const dir = await temporaryFolder();
    const { url } = await archiveServer(sends(good));
    expect(await complaintOf(download('cifar10', dir, { url }), dir)).toContain(
      'must be 170052171 bytes long, got',
    );
    expect(await readdir(dir)).toEqual([]);
  });
});
