import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OptionError } from '@normlab/errors';
import { type Compression, compressionOf } from './writeArchive.js';

/** The options of `npm run bundle:gpu`. */
export type Options = {
  readonly help: boolean;
  /** The archive to write. */
  readonly out: string;
  readonly compression: Compression;
  /** The folder of a data set to include. */
  readonly data: string | undefined;
  /** Whether to include the software adapter, and with it a Vulkan loader. */
  readonly software: boolean;
  /** The largest allowed size of the archive, in bytes. */
  readonly limit: number;
};

export const usage = `npm run bundle:gpu -- [options]

  --out FILE      the archive, .tar.xz (smaller) or .tar.gz (dist/normlab-linux-x64.tar.xz)
  --data DIR      a data set to put in: images in train/<class> and test/<class>, or CIFAR's .bin files
  --no-software   leave out the software adapter, and the Vulkan loader that comes with it
  --limit MIB     refuse to make a larger archive (60)
  --fast          compress little, for trying out
`;

/** @throws OptionError for an unknown option or an invalid value */
export function parseOptions(args: readonly string[], folder: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      out: { type: 'string', default: 'dist/normlab-linux-x64.tar.xz' },
      data: { type: 'string' },
      software: { type: 'boolean', default: true },
      limit: { type: 'string', default: '60' },
      fast: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  const limit = Number(values.limit);
  if (!(limit > 0)) {
    throw new OptionError({
      where: 'bundle:gpu',
      what: '--limit',
      rule: 'be a positive number of MiB',
      got: values.limit,
    });
  }
  return {
    help: values.help,
    out: resolve(folder, values.out),
    compression: compressionOf(values.out, values.fast),
    data: values.data === undefined ? undefined : resolve(folder, values.data),
    software: values.software,
    limit: limit * 2 ** 20,
  };
}
