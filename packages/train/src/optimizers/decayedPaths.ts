import { nameHint, OptionError } from '@normlab/errors';

/**
 * The variables that a decay applies to: all of them, or those from which kernels are computed, which are `kernel`, and
 * with weight norm `direction` and `scale`.
 */
export type DecayedPaths = 'all' | 'kernels';

/** Whether the decay applies to the variable with this path, one of those in `params`. */
type IsDecayed = (path: string, params: Readonly<Record<string, unknown>>) => boolean;

/** The choice that an option names. */
export function decayedPaths(where: string, what: string, paths: DecayedPaths): IsDecayed {
  const choices: Record<DecayedPaths, IsDecayed> = {
    all: () => true,
    // W = scale·direction/‖direction‖: λ on the scale pulls W to 0, as λ on a plain kernel; λ on the direction keeps its
    // length, and so its effective learning rate, as λ on a kernel before a norm. A norm's scale is no part of a kernel.
    kernels: (path, params) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const layer = path.slice(0, path.length - name.length);
      return name === 'kernel' || name === 'direction' || (name === 'scale' && `${layer}direction` in params);
    },
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
