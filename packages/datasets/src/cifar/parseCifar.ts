import { DataError, OptionError, refuseOthers } from '@normlab/errors';
import type { Dataset } from '../dataset.js';
import {
  type CifarLayout,
  cifar10Layout,
  cifar100Layout,
  cifarPixels,
  cifarSide,
  recordLength,
} from './cifarLayout.js';

export type ParseOptions = {
  /** The name of the bytes in errors: the file they come from. */
  readonly file?: string;
};

/**
 * The images of one CIFAR-10 binary file; the number of records follows from the number of bytes.
 *
 * A record is 1 label byte and 3 072 pixel bytes: the red, the green and the blue plane, each row by
 * row. The result is a copy, channels last.
 *
 * @throws DataError, with the byte offset, for a cut-off record or a label above 9
 */
export function parseCifar10(
  bytes: Uint8Array,
  { file = 'the data', ...others }: ParseOptions = {},
): Dataset {
  refuseOthers('parseCifar10', others, ['file']);
  return parse('parseCifar10', bytes, cifar10Layout, 0, file);
}

export type ParseCifar100Options = ParseOptions & {
  /** Which of the two labels to take: 100 classes or 20 superclasses; `fine` by default. */
  readonly labels?: 'fine' | 'coarse';
};

/**
 * The images of one CIFAR-100 binary file; a record is a coarse label byte, a fine label byte and
 * the pixels as in CIFAR-10.
 *
 * @throws DataError, with the byte offset, for a cut-off record or a label out of range; OptionError for any other
 *   value of `labels`
 */
export function parseCifar100(
  bytes: Uint8Array,
  { file = 'the data', labels = 'fine', ...others }: ParseCifar100Options = {},
): Dataset {
  refuseOthers('parseCifar100', others, ['file', 'labels']);
  return parse('parseCifar100', bytes, cifar100Layout, cifar100LabelPlace('parseCifar100', labels), file);
}

/** Which byte of a CIFAR-100 record holds the chosen label. */
export function cifar100LabelPlace(where: string, labels: string): 0 | 1 {
  if (labels === 'coarse') return 0;
  if (labels === 'fine') return 1;
  throw new OptionError({ where, what: 'labels', rule: 'be "fine" or "coarse"', got: labels });
}

/** The arrays that {@link decodeRecords} fills. */
export type DecodeTarget = { readonly images: Uint8Array; readonly labels: Uint8Array };

/**
 * Decodes whole records into `target`, starting at its image `at`.
 *
 * @param labelPlace which of the record's label bytes to take; the others are checked too
 * @returns the index after the last image
 */
export function decodeRecords(
  where: string,
  bytes: Uint8Array,
  layout: CifarLayout,
  labelPlace: number,
  file: string,
  target: DecodeTarget,
  at: number,
): number {
  const plane = cifarPixels / 3;
  const length = recordLength(layout);
  const count = bytes.length / length;
  for (let record = 0; record < count; record++) {
    const start = record * length;
    layout.labels.forEach(({ name, classes }, place) => {
      const label = bytes[start + place]!;
      if (label >= classes.length) {
        throw new DataError({
          where,
          what: `the ${name} at byte ${start + place} of ${file}`,
          rule: `be below ${classes.length}`,
          got: label,
          hint: 'the file is damaged or belongs to another data set',
          file,
          byteOffset: start + place,
        });
      }
    });
    target.labels[at + record] = bytes[start + labelPlace]!;
    let from = start + layout.labels.length;
    let to = (at + record) * cifarPixels;
    for (let pixel = 0; pixel < plane; pixel++, from++, to += 3) {
      target.images[to] = bytes[from]!;
      target.images[to + 1] = bytes[from + plane]!;
      target.images[to + 2] = bytes[from + 2 * plane]!;
    }
  }
  return at + count;
}

function parse(
  where: string,
  bytes: Uint8Array,
  layout: CifarLayout,
  labelPlace: number,
  file: string,
): Dataset {
  const length = recordLength(layout);
  const whole = Math.floor(bytes.length / length);
  if (bytes.length === 0 || whole * length !== bytes.length) {
    throw new DataError({
      where,
      what: `the length of ${file}`,
      rule: `be a multiple of ${length} bytes (one record), and not 0`,
      got: bytes.length,
      hint: `the last whole record ends at byte ${whole * length}`,
      file,
      byteOffset: whole * length,
    });
  }
  const images = new Uint8Array(whole * cifarPixels);
  const labels = new Uint8Array(whole);
  decodeRecords(where, bytes, layout, labelPlace, file, { images, labels }, 0);
  return { images, labels, shape: [cifarSide, cifarSide, 3], classes: layout.labels[labelPlace]!.classes };
}
