import { builtIn } from '@normlab/datasets';
import { messageOf } from '@normlab/testing';
import { expect, it } from 'vitest';
import { withValidation } from '../../src/fromSettings/data.js';
import { checkSameData, summarizeData } from '../../src/runFolder/datasetSummary.js';

it('a data set is the same whatever is held out; another is refused with the images of both', async () => {
  const data = builtIn(1, { train: 20, test: 10 });
  const { validation } = withValidation(data, { validation: 10, seed: 1 });
  const begun = summarizeData(data, validation);
  expect(begun).toMatchObject({ trainImages: 10, validationImages: 10, testImages: 10 });
  expect(checkSameData('here', begun, summarizeData(data))).toBeUndefined();
  const other = summarizeData(builtIn(2, { train: 20, test: 10 }));
  const message = await messageOf(() => checkSameData('here', begun, other));
  expect(message.replaceAll(/sha256 [0-9a-f]{12}/g, 'SUM')).toBe(
    'DataError: here: the data set must be the one with which the run was started, 20 and 10 images with SUM, got "20 and 10 images with SUM".',
  );
});
