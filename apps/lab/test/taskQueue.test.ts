import { expect, it } from 'vitest';
import { type Task, taskQueue } from '../src/taskQueue.js';

/** A queue with notes of what happens; each task ends when the test says so. */
function notedQueue() {
  const notes: string[] = [];
  const endings: ((error?: Error) => void)[] = [];
  const add = taskQueue({
    onDoing: (doing) => notes.push(`doing ${doing}`),
    onError: (error) => notes.push(String(error)),
  });
  return {
    notes,
    add: (task: Task, name: string) =>
      add(task, () => {
        notes.push(name);
        return new Promise((resolve, reject) =>
          endings.push((error) => (error === undefined ? resolve() : reject(error))),
        );
      }),
    /** Ends the task that runs. */
    end: async (error?: Error) => {
      endings.shift()!(error);
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

it('does one task after another', async () => {
  const { notes, add, end } = notedQueue();
  add('opening', 'open a');
  add('training', 'train a');
  expect(notes).toEqual(['doing opening', 'open a']);
  await end();
  expect(notes.slice(2)).toEqual(['doing training', 'train a']);
  await end();
  expect(notes.slice(4)).toEqual(['doing nothing']);
  add('checking laws', 'laws');
  expect(notes.slice(5)).toEqual(['doing checking laws', 'laws']);
});

it('goes on after a task that failed', async () => {
  const { notes, add, end } = notedQueue();
  add('opening', 'open a');
  add('training', 'train a');
  await end(new Error('no memory'));
  expect(notes.slice(2)).toEqual(['Error: no memory', 'doing training', 'train a']);
});

it.each<Task>(['training', 'checking laws'])('%s: not again while it runs or waits', async (task) => {
  const { notes, add, end } = notedQueue();
  add('opening', 'open a');
  add(task, 'first');
  add(task, 'second');
  await end();
  add(task, 'third');
  await end();
  expect(notes.slice(2)).toEqual([`doing ${task}`, 'first', 'doing nothing']);
});

it.each<Task>(['opening', 'reading files'])('%s drops what waits for an earlier network', async (task) => {
  const { notes, add, end } = notedQueue();
  add('opening', 'open a');
  add('training', 'train a');
  add(task, 'open b');
  add('checking laws', 'laws of b');
  add(task, 'open c');
  add('training', 'train c');
  await end();
  expect(notes.slice(2)).toEqual([`doing ${task}`, 'open c']);
  await end();
  expect(notes.slice(4)).toEqual(['doing training', 'train c']);
});
