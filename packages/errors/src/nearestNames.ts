import { distance } from 'fastest-levenshtein';

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
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits < Math.max(wanted.length, candidate.length) / 2)
    .sort((a, b) => a.edits - b.edits)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/**
 * `did you mean "all-cnn"?`, or a list of the valid names if no name is near: all of them, or as many as fit a few
 * lines.
 */
export function nameHint(name: string, valid: readonly string[]): string {
  const near = nearestNames(name, valid);
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
