import { NormlabError, SpecError } from '@normlab/errors';
import {
  allCnn,
  buildModel,
  countParams,
  foldNorms,
  type ModelSpec,
  modelSpecJsonSchema,
  nin,
  parseSpec,
  placements,
  placeNorms,
  resnet,
  summarize,
  variablePlan,
} from '@normlab/models';
import { normalTensor, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { modelSpecSchema } from '../src/modelSpec.js';
import { mutations } from './support/mutateJson.js';

const validate = new Ajv2020().compile(modelSpecJsonSchema());

const small = { width: 1 / 48, input: [8, 7, 3] } as const;

/** Together they contain every layer type. */
const seeds: readonly ModelSpec[] = [
  allCnn({ ...small, head: 'dense', activation: 'prelu', convBias: true }),
  nin(small),
  resnet({ ...small, depth: 11, norm: 'cbn-lconv-bn' }),
  resnet({ ...small, depth: 11, block: 'post-activation', activation: 'tanh' }),
  resnet({ ...small, depth: 11, shortcut: 'projection', convWeights: 'weight-norm' }),
  allCnn({
    ...small,
    width: 1 / 24,
    normKind: 'group',
    convWeights: 'weight-standardized',
    activation: 'gelu',
  }),
  {
    name: 'by hand',
    input: [6, 5, 2],
    classes: 3,
    layers: [
      { type: 'conv', name: 'c', channels: 4, kernel: 3, stride: 2, padding: 'valid', bias: true },
      {
        type: 'residual',
        name: 'outer',
        layers: [
          { type: 'affine', name: 'affine' },
          {
            type: 'residual',
            name: 'inner',
            layers: [{ type: 'norm', name: 'n', gain: true, bias: false, epsilon: 1e-3, decay: 0.5 }],
          },
          { type: 'pool', name: 'p', kind: 'max', size: 2, stride: 1, padding: 'same' },
        ],
      },
      { type: 'globalPool', name: 'g' },
      { type: 'dropout', name: 'd', dropRate: 0.25 },
      { type: 'dense', name: 'logits', units: 3, bias: false },
    ],
  },
];

const mutated = fc
  .constantFrom(...seeds)
  .chain((seed) => mutations(JSON.parse(JSON.stringify(seed)), seed.layers));

/** The error that a function throws, or undefined. */
function errorOf(f: () => unknown): unknown {
  try {
    f();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** All faults of an error, each separately. */
function faultsOf(error: SpecError): SpecError[] {
  return error.cause instanceof AggregateError ? error.cause.errors : [error];
}

/** Whether a path leads to a value in the JSON, or to a key that is missing in it. */
function leadsSomewhere(json: unknown, path: string): boolean {
  if (path === 'spec') return true;
  const keys = Array.from(
    path.matchAll(/\[(.*?)\]|\.?(\w+)/g),
    ([, quoted, word]) => word ?? JSON.parse(quoted!),
  );
  const parent = keys.slice(0, -1).reduce<unknown>((inner, key) => Object(inner)[key], json);
  return typeof parent === 'object' && parent !== null;
}

withBackend('wasm, one thread');

// Seconds; on a busy machine a minute.
describe('specs changed at random', () => {
  it('parseSpec accepts them or throws a SpecError in which every fault has an existing path', () => {
    const taken = { yes: 0, no: 0 };
    fc.assert(
      fc.property(mutated, (json) => {
        const error = errorOf(() => parseSpec(json));
        if (error === undefined) {
          taken.yes++;
          expect(parseSpec(json)).toEqual(json);
          return;
        }
        taken.no++;
        if (!(error instanceof SpecError)) throw error;
        for (const fault of faultsOf(error)) {
          expect(leadsSomewhere(json, fault.complaint.what), fault.message).toBe(true);
          expect(fault.message).toMatch(/^parseSpec: .+ must .+\.$/s);
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
    // Both cases occur often enough to be a test.
    expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(150);
  });

  it('the JSON Schema accepts exactly what parseSpec’s own schema accepts', () => {
    const valid = { yes: 0, no: 0 };
    fc.assert(
      fc.property(mutated, (json) => {
        const ours = v.is(modelSpecSchema, json);
        expect(validate(json)).toBe(ours);
        if (!ours) expect(errorOf(() => parseSpec(json))).toBeInstanceOf(SpecError);
        valid[ours ? 'yes' : 'no']++;
      }),
      { numRuns: 1000, seed: 2 },
    );
    expect(Math.min(valid.yes, valid.no)).toBeGreaterThan(150);
  });

  it('every spec that parseSpec accepts can be built, run, counted, placed and folded; shapes are those of the summary', () => {
    let ran = 0;
    fc.assert(
      fc.property(mutated, (json) => {
        if (errorOf(() => parseSpec(json)) !== undefined) return;
        const spec = parseSpec(json);
        const model = buildModel(spec);
        const rows = summarize(spec);
        expect(rows.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(countParams(spec).trainable);
        for (const placement of placements) {
          const error = errorOf(() => buildModel(placeNorms(spec, placement)));
          if (error !== undefined) expect(error).toBeInstanceOf(NormlabError);
        }
        const work = rows.reduce((sum, { macs, output }) => sum + macs + output.reduce((a, b) => a * b), 0);
        if (work + spec.input.reduce((a, b) => a * b) > 3e5 || countParams(spec).trainable > 1e5) return;
        ran++;
        tf.tidy(() => {
          const { params, stats } = model.init(1);
          const x = normalTensor<tf.Rank.R4>([2, ...spec.input], 1);
          const taps = rows.map(({ layer }) => layer);
          const pass = model.applyWith(params, stats, x, { seed: 1, taps });
          for (const { layer, output } of rows) expect(pass.taps[layer]!.shape).toEqual([2, ...output]);
          expect(Object.keys(pass.stats)).toEqual(variablePlan(spec).stats.map(({ path }) => path));
          expect(model.applyInfer(params, stats, x).shape).toEqual([2, spec.classes]);
          const error = errorOf(() => {
            const folded = foldNorms(spec, params, stats);
            expect(buildModel(folded.spec).applyInfer(folded.params, {}, x).shape).toEqual([2, spec.classes]);
          });
          expect(error instanceof SpecError).toBe(
            /"kind":"(layer|instance|group|rms)"/.test(JSON.stringify(spec)),
          );
          if (error !== undefined && !(error instanceof SpecError)) throw error;
        });
      }),
      { numRuns: 500, seed: 3 },
    );
    expect(ran).toBeGreaterThan(60);
  });
});
