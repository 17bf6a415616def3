/** A data set's archive: its address, and how to check it. */
export type Archive = {
  readonly url: string;
  /** Length in bytes. */
  readonly bytes: number;
  /** SHA-256 of the whole archive, in lower-case hexadecimal. */
  readonly sha256: string;
  /** The one folder that it holds. */
  readonly folder: string;
};

/** The official archives of the binary versions, from the home page of their authors. */
export const archives = {
  cifar10: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    folder: 'cifar-10-batches-bin',
  },
  cifar100: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    bytes: 168_513_733,
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    folder: 'cifar-100-binary',
  },
} as const satisfies Record<string, Archive>;
