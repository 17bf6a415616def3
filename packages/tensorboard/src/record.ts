import { crc32c } from './crc32c.js';

/**
 * Frames bytes as a record of a TFRecord file.
 *
 *   uint64 length | uint32 masked CRC-32C of the length | bytes | uint32 masked CRC-32C of the bytes
 *
 * All are little-endian. masked(c) = ((c >> 15) | (c << 17)) + 0xa282ead8: a plain checksum is weak for data that
 * contain checksums.
 *
 * Source: https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
 */
export function record(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(16 + bytes.length);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, masked(crc32c(framed.subarray(0, 8))), true);
  framed.set(bytes, 12);
  view.setUint32(12 + bytes.length, masked(crc32c(bytes)), true);
  return framed;
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
