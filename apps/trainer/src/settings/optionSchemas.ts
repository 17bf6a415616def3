import { z } from 'zod';

// Each message is the rule that the value violates, to follow "must".

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: `be one of ${names.join(', ')}` });
}

export function severalOf<const Name extends string>(names: readonly Name[]) {
  const error = `be a list of ${names.join(', ')}, separated by commas`;
  return z.array(z.enum(names, { error }), { error }).min(1, { error }).readonly();
}

/** The same, where a single name may stand without a list. */
export function oneOrSeveralOf<const Name extends string>(names: readonly Name[]) {
  const error = `be one or several of ${names.join(', ')}, separated by commas`;
  return z.union([severalOf(names), oneOf(names)], { error });
}

/** A list of texts, separated by commas on the command line. */
export function texts(rule: string) {
  return z.array(text(rule), { error: rule }).min(1, { error: rule }).readonly();
}

export function text(rule: string) {
  return z.string({ error: rule }).min(1, { error: rule });
}

/** Text for one line of a terminal: no control or format characters, which could write over other lines. */
export function line(rule: string) {
  return text(rule).regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, { error: rule });
}

export function yesOrNo() {
  return z.boolean({ error: 'be true or false' });
}

export function integer(low: number, high?: number) {
  const error = high === undefined ? `be an integer ≥ ${low}` : `be an integer from ${low} to ${high}`;
  return z
    .number({ error })
    .int({ error })
    .min(low, { error })
    .max(high ?? Number.MAX_SAFE_INTEGER, { error });
}

export function above(low: number) {
  const error = `be a number > ${low}`;
  return z.number({ error }).gt(low, { error });
}

export function atLeast(low: number) {
  const error = `be a number ≥ ${low}`;
  return z.number({ error }).min(low, { error });
}

export function between(low: number, high: number) {
  const error = `be a number in [${low}, ${high})`;
  return z.number({ error }).min(low, { error }).lt(high, { error });
}

/** Step numbers in increasing order. */
export function risingSteps() {
  return z
    .array(integer(1), { error: 'be a list of step numbers' })
    .min(1, { error: 'hold at least one step number' })
    .refine((steps) => steps.every((step, index) => index === 0 || step > steps[index - 1]!), {
      error: 'be in increasing order',
    })
    .readonly();
}
