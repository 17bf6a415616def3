import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { pairBytes, type ReductionView } from './reductionView.js';

/**
 * Allocates memory for the sums of a reduction, and one table per name with a float per statistic, while `use` runs.
 */
export function withTables<Name extends string>(
  runtime: KernelRuntime,
  view: ReductionView,
  names: readonly Name[],
  use: (tables: Readonly<Record<Name | 'sums', number>>) => void,
): void {
  const tableBytes = 16 * Math.ceil(view.stats / 4);
  const sums = runtime.heap.allocate(pairBytes(view) + names.length * tableBytes);
  const tables: Record<string, number> = { sums };
  for (let i = 0; i < names.length; i++) tables[names[i]!] = sums + pairBytes(view) + i * tableBytes;
  try {
    use(tables as Record<Name | 'sums', number>);
  } finally {
    runtime.heap.free(sums);
  }
}
