import util from 'node:util';
import { expect, it } from 'vitest';
import { runProbe } from '../../src/runProbe.js';
import { restoreUtil, restoreUtilScript } from '../../src/tensorflow/restoreUtil.js';

const values = [null, undefined, 0, '', [], {}];
const names = ['isNullOrUndefined', 'isArray'];
const expected = [
  [true, true, false, false, false, false],
  [false, false, false, false, true, false],
];

it('defines the functions of util that tfjs-node calls, where a newer Node lacks them', () => {
  for (const name of names) Reflect.deleteProperty(util, name);
  restoreUtil();
  const restored: Record<string, unknown> = { ...util };
  const answers = names.map((name) => values.map(restored[name] as (value: unknown) => boolean));
  expect(answers).toEqual(expected);
});

it('does the same in a probe, and Node does not warn about it', async () => {
  const script = `
    const util = require('node:util');
    const names = ${JSON.stringify(names)};
    for (const name of names) delete util[name];
    ${restoreUtilScript}
    const values = [null, undefined, 0, '', [], {}];
    process.on('warning', (warning) => { throw warning; });
    const answer = names.map((name) => values.map(util[name]));
    setImmediate(() => console.log(JSON.stringify(answer)));`;
  expect(await runProbe(script, [])).toEqual({ answer: expected });
});
