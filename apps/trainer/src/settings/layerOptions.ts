import type { Options, Values } from './option.js';

/**
 * The values `over` override those `under`; an option that replaces another (`--steps` replaces `--epochs`) removes it.
 */
export function layerOptions<Known extends Values>(options: Options, over: Known, under: Known): Known {
  const isReplaced = (key: string) =>
    Object.entries(options).some(
      ([rival, { insteadOf }]) =>
        (insteadOf === key && over[rival] !== undefined) ||
        (rival === key && insteadOf !== undefined && over[insteadOf] !== undefined),
    );
  const kept = Object.entries(under).filter(([key]) => !isReplaced(key));
  return { ...Object.fromEntries(kept), ...over } as Known;
}
