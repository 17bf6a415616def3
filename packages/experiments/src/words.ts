/** `a, b, c`; of a list of more than `most` its beginning, and how many more there are. */
export function fewOf(names: readonly string[], most = 10): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
}

/** `seed 5`, `seeds 1, 3 and 7 to 9`; `83 seeds` if the list would be long. @param seeds in ascending order */
export function seedsInWords(seeds: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const seed of seeds) {
    const range = ranges.at(-1);
    if (range?.[1] === seed - 1) range[1] = seed;
    else ranges.push([seed, seed]);
  }
  const words = ranges.flatMap(([first, last]) =>
    last - first < 2 ? [...new Set([first, last])].map(String) : [`${first} to ${last}`],
  );
  if (words.length > 10) return `${seeds.length} seeds`;
  const last = words.pop();
  if (words.length === 0) return `${seeds.length === 1 ? 'seed' : 'seeds'} ${last}`;
  return `seeds ${words.join(', ')} and ${last}`;
}
