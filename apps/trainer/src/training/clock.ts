/** Seconds of a run's training: those of its earlier parts plus those since this call. */
export function clockFrom(earlier: number): () => number {
  const start = performance.now();
  return () => earlier + (performance.now() - start) / 1000;
}
