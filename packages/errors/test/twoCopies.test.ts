import { expect, it, vi } from 'vitest';

const classes = [
  'NormlabError',
  'ShapeError',
  'OptionError',
  'SpecError',
  'DataError',
  'BackendError',
  'TrainError',
] as const;

const complaint = { where: 'sgd', what: 'decay', rule: 'be in [0, 1)' };

const ours = await import('../src/index.js');
vi.resetModules();
const theirs = await import('../src/index.js');

it('the module was evaluated twice', () => expect(ours.NormlabError).not.toBe(theirs.NormlabError));

it.each(classes)(
  '%s of one copy is an instance of %s and NormlabError of the other, and of no other class',
  (name) => {
    const error = new theirs[name](complaint);
    const recognizing = classes.filter((each) => error instanceof ours[each]);
    expect(recognizing).toEqual(name === 'NormlabError' ? [name] : ['NormlabError', name]);
  },
);

it('an instance of a subclass outside the package is an instance of its base in both copies, and of no sibling', () => {
  class Theirs extends theirs.OptionError {}
  class Ours extends ours.OptionError {}
  const error = new Theirs(complaint);
  expect(error instanceof ours.OptionError).toBe(true);
  expect(error instanceof Theirs).toBe(true);
  expect(error instanceof Ours).toBe(false);
  expect(new ours.OptionError(complaint) instanceof Ours).toBe(false);
  expect(error instanceof ours.ShapeError).toBe(false);
});

it('other values are no errors of normlab', () => {
  for (const value of [
    undefined,
    null,
    1,
    'OptionError',
    {},
    Object.create(null),
    new Error('x'),
    complaint,
  ]) {
    expect(value instanceof ours.NormlabError).toBe(false);
  }
});

it('every exported class has its own kind', () => {
  const exported = Object.entries(ours).filter(([, each]) => each.prototype instanceof Error);
  expect(exported.map(([name]) => name).sort()).toEqual([...classes].sort());
});
