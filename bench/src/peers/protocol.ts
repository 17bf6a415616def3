import type { Workload } from '../workload.js';

/** The requests to a peer, one line of JSON each. */
export type Request =
  | { readonly workload: Workload; readonly repeats: number }
  /** Disposes the inputs prepared for the workloads so far. */
  | { readonly forget: true };

/** The first line of a peer. */
export type Greeting = { readonly description: string };

/** A peer's answer: seconds of all repeats together, or why it cannot run the workload. */
export type Reply =
  | { readonly seconds: number; readonly heapBytes?: number }
  | { readonly error: string }
  | { readonly forgotten: true };
