import { nameHint, OptionError } from '@normlab/errors';

/** The variables that a decay applies to: all of them, or those whose path ends in `kernel`. */
export type DecayedPaths = 'all' | 'kernels';

/** Whether the decay applies to the variable with this path. */
export function decayedPaths(where: string, what: string, paths: DecayedPaths): (path: string) => boolean {
  const choices: Record<DecayedPaths, (path: string) => boolean> = {
    all: () => true,
    kernels: (path) => path.split('/').at(-1) === 'kernel',
  };
  if (!Object.hasOwn(choices, paths)) {
    const valid = Object.keys(choices);
    throw new OptionError({
      where,
      what,
      rule: `be one of ${valid.join(', ')}`,
      got: paths,
      hint: nameHint(String(paths), valid),
    });
  }
  return choices[paths];
}
