/** A mutant as StrykerJS returns it. */
export type TriedMutant = {
  readonly fileName: string;
  readonly replacement: string;
  readonly location: { readonly start: Place; readonly end: Place };
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'Ignored';
};
type Place = { readonly line: number; readonly column: number };

export function tryInProcess(root: string, files: readonly string[], folder: string): Promise<TriedMutant[]>;
