import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCnn, type ModelSpec, placeNorms, resnet } from '@normlab/models';
import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { makeNetwork } from '../../src/fromSettings/network.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const folder = temporaryFolder();

/** The path of a file with this content. */
function fileOf(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe('makeNetwork', () => {
  it('builds the named network with its options, and ALL-CNN without a name', async () => {
    const purpose = { input: [16, 20, 3], classes: 7 } as const;
    const block = 'post-activation';
    expect(await makeNetwork({ model: 'resnet-11', norm: 'bn', block, width: 0.5 }, purpose)).toEqual(
      resnet({ ...purpose, depth: 11, norm: 'bn', block, width: 0.5 }),
    );
    expect(await makeNetwork({ head: 'dense' }, {})).toEqual(allCnn({ head: 'dense' }));
  });

  describe('from a file', () => {
    const spec: ModelSpec = { ...allCnn({ norm: 'bn', width: 0.1 }), name: 'of a file' };
    const file = fileOf('net.json', spec);

    it('takes it as it is, or with another placement of its norms', async () => {
      expect(await makeNetwork({ spec: file }, {})).toEqual(spec);
      expect(await makeNetwork({ spec: file }, { input: [24, 24, 3], classes: 10 })).toEqual(spec);
      expect(await makeNetwork({ spec: file, norm: 'none' }, {})).toEqual(placeNorms(spec, 'none'));
    });

    it('keeps the faults of a spec as the cause, one error each, and other errors as they are', async () => {
      const causeOf = async (content: object): Promise<unknown> => {
        const spec = fileOf('faulty.json', content);
        return makeNetwork({ spec }, {}).then(
          () => undefined,
          (error: Error) => error.cause,
        );
      };
      expect(await causeOf({ ...spec, classes: 0 })).toMatchObject({ name: 'SpecError' });
      const both = await causeOf({ ...spec, classes: 0, name: '' });
      expect((both as AggregateError).errors).toHaveLength(2);
      const norm = JSON.parse('"all"');
      expect(await messageOf(() => makeNetwork({ spec: file, norm }, {}))).toMatch(
        /^OptionError: placeNorms: /,
      );
    });

    it('refuses one of another input or number of classes, and names the file', async () => {
      const messages = [
        await messageOf(() => makeNetwork({ spec: file }, { input: [24, 20, 3] })),
        await messageOf(() => makeNetwork({ spec: file }, { classes: 9 })),
        await messageOf(() => makeNetwork({ spec: fileOf('bad.json', { ...spec, classes: 0 }) }, {})),
        await messageOf(() => makeNetwork({ spec: join(folder, 'missing.json') }, {})),
      ];
      expect(messages.map((each) => each.replaceAll(folder, 'FOLDER'))).toMatchInlineSnapshot(`
        [
          "SpecError: FOLDER/net.json: input must be [24, 20, 3], the shape that the pipeline gives, got [24,24,3].",
          "SpecError: FOLDER/net.json: classes must be 9, the number of classes of the data set, got 10.",
          "SpecError: FOLDER/bad.json: classes must be a positive integer, got 0.",
          "DataError: normlab: --spec FOLDER/missing.json must be a file that can be read, got "ENOENT: no such file or directory, open 'FOLDER/missing.json'".",
        ]
      `);
    });
  });
});
