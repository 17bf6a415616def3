import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DataError } from '@normlab/errors';
import { isMissing } from '@normlab/files';

/** Transfers begun before one call gives up; what has come by then is kept. */
const mostAttempts = 10;

export type FetchFileOptions = {
  /** The length that the file must have. */
  readonly bytes: number;
  readonly retryDelay: number;
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal;
};

/**
 * Fetches an address into a file, going on behind what the file already holds.
 *
 * A transfer that is cut is taken up again with a Range request; a server that does not know these
 * sends the whole, and the file is begun anew. Nothing here tells whether the bytes are right.
 *
 * @throws DataError if there is no answer, or one of another length
 */
export async function fetchFile(url: string, file: string, options: FetchFileOptions): Promise<void> {
  const { bytes, retryDelay, onBytes, signal } = options;
  let cause: unknown;
  let began = false;
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    signal?.throwIfAborted();
    const held = await heldBytes(file, bytes);
    onBytes(held);
    if (held === bytes) return;
    if (attempt > 1) await wait(retryDelay, undefined, signal === undefined ? {} : { signal });
    const answer = await ask(url, held, signal).catch((error: unknown) => {
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
        ? `the ${await heldBytes(file, bytes)} bytes that came are kept; run it again to go on`
        : 'check the connection, or give another address',
      file,
    },
    { cause },
  );
}

/** Bytes already there; a file that is too long is none of ours and begun anew. */
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

function ask(url: string, held: number, signal: AbortSignal | undefined): Promise<Response> {
  return fetch(url, {
    // Without this a server may send the archive unpacked by one layer, as a transfer encoding.
    headers: { 'accept-encoding': 'identity', ...(held > 0 ? { range: `bytes=${held}-` } : {}) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Where in the file the answer's body belongs; undefined for an answer that is of no use. */
function startOf(answer: Response, held: number): number | undefined {
  if (answer.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '');
  return answer.status === 206 && Number(range?.[1]) === held ? held : undefined;
}

/** Whether a failure may pass by itself: the server is busy, or answers another range than asked for. */
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

/** Writes the body behind byte `start`; gives back what cut the transfer, if anything did. */
async function receive(
  url: string,
  answer: Response,
  file: string,
  start: number,
  { bytes, onBytes, signal }: FetchFileOptions,
): Promise<unknown> {
  const handle = await open(file, start === 0 ? 'w' : 'r+');
  try {
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
  } finally {
    await handle.close();
  }
}

/** A disk that is nearly full takes a part of the bytes, and only the next call fails. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** An error's words, and those of its cause, where fetch hides what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
