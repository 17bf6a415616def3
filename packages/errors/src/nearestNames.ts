/**
 * The valid names nearest to a mistyped one, best first, for an error's hint.
 *
 * Ordered by Levenshtein distance, ignoring case. A name is left out if its distance is at least half the length of the
 * longer of the two names. An empty result means that no name is near: the error then lists all names.
 *
 * @example
 * ```ts
 * nearestNames('alcnn', ['all-cnn', 'nin', 'resnet-29']); // ['all-cnn']
 * ```
 */
export function nearestNames(name: string, valid: readonly string[], { most = 3 } = {}): string[] {
  const wanted = name.toLowerCase();
  return valid
    .map((candidate) => ({ candidate, edits: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits < Math.max(wanted.length, candidate.length) / 2)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/**
 * The Levenshtein distance: the least number of letters to insert, delete or replace. Written here because pages load
 * it: 0.1 kB where a package that is fast for long texts takes 0.6.
 */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [deleted, letter] of [...from].entries()) {
    const next = [deleted + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = row[column]! + Number(letter !== to[column]);
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}

/** What other frameworks and papers call our options. */
const elsewhere: Readonly<Record<string, string>> = {
  axis: 'axes',
  batchSize: 'size',
  beta: 'offset',
  eps: 'epsilon',
  gamma: 'scale',
  lr: 'learningRate',
  normalizedShape: 'axes',
  numGroups: 'groups',
  weightDecay: 'l2',
};

/**
 * `did you mean "all-cnn"?`, also for a name that other frameworks use, or a list of the valid names if no name is near:
 * all of them, or as many as fit a few lines.
 */
export function nameHint(name: string, valid: readonly string[]): string {
  // A caller in JavaScript may give no name, or another value.
  if (typeof name !== 'string') return `valid names: ${listed(valid)}`;
  const ours = elsewhere[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  const near = ours !== undefined && valid.includes(ours) ? [ours] : nearestNames(name, valid);
  return near.length > 0
    ? `did you mean ${near.map((each) => `"${each}"`).join(' or ')}?`
    : `valid names: ${listed(valid)}`;
}

/** The longest list of names, in characters. */
const longestList = 300;

function listed(names: readonly string[]): string {
  let length = 0;
  const fitting = names.findIndex((name) => {
    length += name.length + 2;
    return length > longestList;
  });
  if (fitting <= 0) return names.join(', ');
  return `${names.slice(0, fitting).join(', ')} and ${names.length - fitting} more`;
}
