import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName } from '@normlab/backends';
import {
  check,
  lawsFor,
  type Normalizes,
  normalizationLaws,
  type Precision,
  tensorSubject,
  wasmConvolutions,
} from '@normlab/laws';
import * as ops from '@normlab/ops';
import { withBackend } from '@normlab/testing';
import { type Rank, reshape, sub, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

type Kind = Normalizes & { standardize(x: Tensor, epsilon: number): Tensor };

/** The normalizations as they are in a network: after a layer, each over its own sets. */
const kinds: Readonly<Record<string, Kind>> = {
  instance: {
    sets: ([, ...rest]) => {
      const [size, channels] = [product(rest), rest[rest.length - 1]!];
      return (i) => Math.floor(i / size) * channels + (i % channels);
    },
    standardize: (x, epsilon) => asImages(x, (images) => ops.instanceNorm(images, {}, { epsilon })),
  },
  group: {
    sets: ([, ...rest]) => {
      const [size, channels] = [product(rest), rest[rest.length - 1]!];
      const groups = groupsOf(channels);
      return (i) => Math.floor(i / size) * groups + Math.floor(((i % channels) * groups) / channels);
    },
    standardize: (x, epsilon) => {
      const groups = groupsOf(x.shape[x.rank - 1]!);
      return asImages(x, (images) => ops.groupNorm(images, {}, { groups, epsilon }));
    },
  },
  layer: {
    sets:
      ([, ...rest]) =>
      (i) =>
        Math.floor(i / product(rest)),
    standardize: (x, epsilon) => asImages(x, (images) => ops.groupNorm(images, {}, { groups: 1, epsilon })),
  },
  rms: {
    sets: (shape) => (i) => Math.floor(i / shape[shape.length - 1]!),
    centred: false,
    standardize: (x, epsilon) => ops.rmsNorm(x, {}, { epsilon }),
  },
};

const every = normalizationLaws.map(({ id }) => id);
const fitting: Readonly<Record<string, readonly string[]>> = {
  instance: every,
  group: every.filter((id) => id !== 'any-filter'),
  layer: every.filter((id) => id !== 'any-filter'),
  rms: ['any-scale', 'any-gradient', 'any-weights'],
};

describe.each<[BackendName, Precision]>([
  ['cpu', {}],
  ['wasm', { tiledConvolutions: wasmConvolutions }],
])('after a layer, on %s', (backendName, precision) => {
  withBackend(backendName);

  const subjectOf = ({ standardize, ...normalizes }: Kind): ReturnType<typeof tensorSubject> => ({
    ...tensorSubject({ standardize }),
    ...precision,
    ...normalizes,
  });

  describe.each(Object.entries(kinds))('%s norm', (name, kind) => {
    it('has the laws that docs/laws.md names', () => {
      expect(lawsFor(subjectOf(kind)).map(({ id }) => id)).toEqual(fitting[name]);
    });

    it.each(normalizationLaws.map((law) => [law.id, law] as const))('law %s', async (id, law) => {
      const report = await check(law, subjectOf(kind), { runs: 40, seed: 3 });
      expect([report.holds, report.counterexample]).toEqual(
        fitting[name]!.includes(id) ? [true, undefined] : [false, expect.anything()],
      );
    });
  });

  it.each(['any-scale', 'any-gradient', 'any-weights'])('%s fails where ε is fixed', async (id) => {
    const law = normalizationLaws.find((each) => each.id === id)!;
    const wrong = subjectOf({ ...kinds.rms!, standardize: (x) => ops.rmsNorm(x, {}, { epsilon: 1e-2 }) });
    expect((await check(law, wrong, { runs: 40, seed: 3 })).holds).toBe(false);
  });

  it.each(['any-shift', 'any-bias'])('%s fails where the mean is not subtracted completely', async (id) => {
    const law = normalizationLaws.find((each) => each.id === id)!;
    const right = kinds.layer!;
    const wrong = subjectOf({
      ...right,
      standardize: (x, epsilon) => sub(right.standardize(x, epsilon), ops.rmsNorm(x, {}, { epsilon: 1 })),
    });
    expect((await check(law, wrong, { runs: 40, seed: 3 })).holds).toBe(false);
  });
});

it('docs/laws.md says which law holds for which normalization', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/laws.md'), 'utf8');
  const section = page.split(/^## /m).find((each) => each.startsWith('Other normalizations'))!;
  const names = ['instance', 'group', 'layer', 'rms'];
  const rows = normalizationLaws.map(({ id, title }) => {
    const cells = names.map((name) => (fitting[name]!.includes(id) ? 'holds' : '–'));
    return `| ${id} | ${title.replaceAll('|', '\\|')} | holds | ${cells.join(' | ')} |`;
  });
  for (const row of rows) expect(section).toContain(row);
});

function asImages(x: Tensor, norm: (images: Tensor) => Tensor): Tensor {
  const [batch, channels] = [x.shape[0]!, x.shape[x.rank - 1]!];
  return reshape(norm(reshape<Rank.R3>(x, [batch, -1, channels])), x.shape);
}

function groupsOf(channels: number): number {
  return channels % 2 === 0 ? 2 : 1;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
