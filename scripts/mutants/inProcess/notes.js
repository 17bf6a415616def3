import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the runs of tests have found about faults, kept in files, since a fault can end a process. */
export function openNotes(folder) {
  const read = (name) => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map(JSON.parse) : [];
  };
  const add = (name, note) => appendFileSync(join(folder, name), `${JSON.stringify(note)}\n`);
  return {
    /** Faults that a test has seen, with StrykerJS's words: Killed or Timeout. */
    dead: () => new Map(read('dead.jsonl')),
    died: (id, status) => add('dead.jsonl', [id, status]),
    /** Tests that fail when they run again, without a fault. */
    unrepeatable: () => new Set(read('unrepeatable.jsonl')),
    cannotRepeat: (test) => add('unrepeatable.jsonl', test),
    /** Faults that were switched on in a test: `id test`. */
    tried: () => new Set(read('tried.jsonl')),
    trying(id, test) {
      add('tried.jsonl', `${id} ${test}`);
      writeFileSync(join(folder, 'current'), id);
    },
    /** Forgets the current fault, before a file of tests starts. */
    begin: () => rmSync(join(folder, 'current'), { force: true }),
    /** The fault that was switched on last; undefined if none was. */
    current() {
      const file = join(folder, 'current');
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
    /** Faults whose code a test has run. */
    reached: () => new Set(read('reached.jsonl').flat()),
    reach: (ids) => add('reached.jsonl', ids),
    /** Faults whose code ran when modules were loaded. */
    atLoad: () => new Set(read('atLoad.jsonl').flat()),
    load: (ids) => add('atLoad.jsonl', ids),
  };
}
