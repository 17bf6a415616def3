/** Seconds of a run's training: those of its earlier parts and those since now. */
export function clockFrom(earlier: number): () => number {
  const start = performance.now();
  return () => earlier + (performance.now() - start) / 1000;
}
