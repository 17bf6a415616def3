import type { RandomStream } from '@normlab/random';

/** Bytes with one to four faults: flipped bits, other values, parts cut out, doubled, moved or put in. */
export function damageBytes(bytes: Uint8Array, stream: RandomStream): Buffer {
  let damaged: Buffer = Buffer.from(bytes);
  for (let fault = stream.integer(4); fault >= 0; fault--) {
    damaged = faults[stream.integer(faults.length)]!(damaged, stream);
  }
  return damaged;
}

type ByteFault = (bytes: Buffer, stream: RandomStream) => Buffer;

const faults: readonly ByteFault[] = [
  (bytes, stream) => changed(bytes, stream, 1, (byte) => byte ^ (1 << stream.integer(8))),
  (bytes, stream) => changed(bytes, stream, 8, () => stream.integer(256)),
  (bytes, stream) => {
    const value = [0, 0xff, 0x7f, 0x80][stream.integer(4)]!;
    return changed(bytes, stream, 8, () => value);
  },
  (bytes, stream) => bytes.subarray(0, stream.integer(bytes.length + 1)),
  (bytes, stream) => {
    const [from, to] = part(bytes, stream);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, stream) => {
    const [from, to] = part(bytes, stream);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, stream) => {
    const [from, to] = part(bytes, stream);
    const at = stream.integer(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  (bytes, stream) => {
    const at = stream.integer(bytes.length + 1);
    const more = Buffer.from(Array.from({ length: 1 + stream.integer(32) }, () => stream.integer(256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
];

/** Changes up to `most` bytes at a random place; half of the places lie in the first 256 bytes, where headers are. */
function changed(
  bytes: Buffer,
  stream: RandomStream,
  most: number,
  change: (byte: number) => number,
): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const from = stream.integer(stream.integer(2) === 0 ? Math.min(256, bytes.length) : bytes.length);
  const to = Math.min(bytes.length, from + 1 + stream.integer(most));
  for (let place = from; place < to; place++) copy[place] = change(copy[place]!);
  return copy;
}

function part(bytes: Buffer, stream: RandomStream): [from: number, to: number] {
  const from = stream.integer(bytes.length + 1);
  return [from, from + stream.integer(Math.min(4096, bytes.length - from + 1))];
}
