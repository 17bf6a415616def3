import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll } from 'vitest';

export type ArchiveServer = {
  readonly url: string;
  /** The Range header of every request so far, `''` for none. */
  readonly ranges: string[];
  /** Closes every connection. */
  readonly hangUp: () => void;
};

/**
 * A server on loopback that answers the n-th request with `answers[n]`, and all later ones with the
 * last; closed when the test file is done.
 */
export async function archiveServer(
  ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
): Promise<ArchiveServer> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)]!;
    ranges.push(request.headers.range ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/archive.tar.gz`,
    ranges,
    hangUp: () => server.closeAllConnections(),
  };
}

/** Sends the requested bytes; if `count` is given, sends only the first `count` and then stalls. */
export function sends(bytes: Buffer, count = bytes.length) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const head: Record<string, string | number> = { 'content-length': bytes.length - start };
    if (start > 0) head['content-range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start > 0 ? 206 : 200, head);
    const sent = bytes.subarray(start, start + count);
    if (start + sent.length === bytes.length) response.end(sent);
    else response.write(sent);
  };
}

/** Sends everything, whatever range is requested. */
export function ignoresRanges(bytes: Buffer) {
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  };
}

/** Answers with a status only. */
export function refuses(status: number) {
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status).end();
  };
}
