import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DataError, OptionError } from '@normlab/errors';
import { isMissing, onFile, withCleanUp } from '@normlab/files';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';

/** Attempts before a call gives up; the bytes received until then are kept. */
const mostAttempts = 10;

export type FetchFileOptions = {
  /** The length that the file must have. */
  readonly bytes: number;
  readonly retryDelay: number;
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal;
};

/**
 * Fetches an address into a file, resuming after the bytes that the file already holds.
 *
 * An interrupted transfer is resumed with a Range request; a server that does not support it sends everything, and the
 * file is written from the start. The content of the bytes is not checked here.
 *
 * @throws DataError if there is no answer, or the answer has another length; the signal's reason once it is aborted
 */
export async function fetchFile(url: string, file: string, options: FetchFileOptions): Promise<void> {
  // As curl and npm do: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals or not. Node's own fetch knows none of them.
  const dispatcher = proxyAgent();
  try {
    await fetchPart(url, file, options, dispatcher);
  } finally {
    await dispatcher.destroy();
  }
}

function proxyAgent(): Dispatcher {
  try {
    return new EnvHttpProxyAgent();
  } catch (cause) {
    const rule = 'be addresses of proxies, as in http://proxy.example:8080';
    throw new OptionError({ where: 'download', what: 'HTTP_PROXY and HTTPS_PROXY', rule }, { cause });
  }
}

async function fetchPart(
  url: string,
  file: string,
  options: FetchFileOptions,
  dispatcher: Dispatcher,
): Promise<void> {
  const { bytes, retryDelay, onBytes, signal } = options;
  let cause: unknown;
  let began = false;
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    signal?.throwIfAborted();
    const held = await heldBytes(file, bytes);
    onBytes(held);
    if (held === bytes) return;
    if (attempt > 1) await pause(retryDelay, signal);
    const answer = await ask(url, held, dispatcher, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      cause = error;
    });
    if (answer === undefined) {
      if (!began) break;
      continue;
    }
    const start = startOf(answer, held);
    if (start === undefined) {
      await answer.body?.cancel();
      if (answer.status === 416) await rm(file, { force: true });
      else if (!isPassing(answer.status)) throw refusal(url, answer);
      cause = new Error(`the server answered ${answer.status}`);
      continue;
    }
    began = true;
    await checkLength(url, answer, start, bytes);
    cause = await receive(url, answer, file, start, options);
    if (cause === undefined) return;
  }
  throw new DataError(
    {
      where: 'download',
      what: url,
      rule: `send ${bytes} bytes`,
      got: reasonOf(cause),
      hint: began
        ? `the ${await heldBytes(file, bytes)} bytes received are kept; run it again to resume`
        : 'check the connection, or give another address',
      file,
    },
    { cause },
  );
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Node's timers reject with an AbortError of their own.
    signal?.throwIfAborted();
    throw error;
  }
}

/** The number of bytes already there; a file that is too long is not ours and is written from the start. */
async function heldBytes(file: string, bytes: number): Promise<number> {
  try {
    const { size } = await stat(file);
    if (size <= bytes) return size;
    await rm(file);
    return 0;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

function ask(
  url: string,
  held: number,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Response> {
  return fetch(url, {
    dispatcher,
    // Without this header, a server may declare gzip a content encoding, and fetch would unpack the archive.
    headers: { 'accept-encoding': 'identity', ...(held > 0 ? { range: `bytes=${held}-` } : {}) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The offset in the file at which the answer's body belongs; undefined if the answer cannot be used. */
function startOf(answer: Response, held: number): number | undefined {
  if (answer.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '');
  return answer.status === 206 && Number(range?.[1]) === held ? held : undefined;
}

/** Whether a later attempt may succeed: the server is busy, or answered with another range than requested. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408 || status === 206;
}

function refusal(url: string, answer: Response): DataError {
  return new DataError({
    where: 'download',
    what: url,
    rule: 'answer with the archive',
    got: `${answer.status} ${answer.statusText}`.trim(),
    hint: 'give another address',
  });
}

async function checkLength(url: string, answer: Response, start: number, bytes: number): Promise<void> {
  const announced = answer.headers.get('content-length');
  if (announced === null || start + Number(announced) === bytes) return;
  await answer.body?.cancel();
  throw wrongLength(url, start + Number(announced), bytes);
}

function wrongLength(url: string, got: number | string, bytes: number): DataError {
  return new DataError({
    where: 'download',
    what: url,
    rule: `be ${bytes} bytes long`,
    got,
    hint: 'it is another archive; give another address',
  });
}

/** Writes the body from byte `start` on; returns the error that interrupted the transfer, if any. */
async function receive(
  url: string,
  answer: Response,
  file: string,
  start: number,
  { bytes, onBytes, signal }: FetchFileOptions,
): Promise<unknown> {
  const handle = await open(file, start === 0 ? 'w' : 'r+');
  const receiveAll = async () => {
    const reader = answer.body!.getReader();
    let position = start;
    for (;;) {
      let chunk: Uint8Array | undefined;
      try {
        chunk = (await reader.read()).value;
      } catch (error) {
        signal?.throwIfAborted();
        return error;
      }
      if (chunk === undefined) return position < bytes ? new Error('the transfer ended early') : undefined;
      if (position + chunk.length > bytes) {
        await reader.cancel();
        await rm(file, { force: true });
        throw wrongLength(url, `more than ${bytes}`, bytes);
      }
      await writeAll(handle, chunk, position);
      position += chunk.length;
      onBytes(position);
    }
  };
  return onFile(file, () => withCleanUp(receiveAll, () => handle.close()));
}

/** Writes all bytes: on a nearly full disk, a call can write a part, and only the next call fails. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** An error's message and that of its cause: fetch gives the reason only there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
