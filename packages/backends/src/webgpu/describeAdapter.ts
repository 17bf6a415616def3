/** What an adapter tells of itself. */
export type AdapterFacts = {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean | undefined;
};

/** One line for people: name, maker and kind, and whether it runs on the processor. */
export function describeAdapter(facts: AdapterFacts): string {
  const name = facts.device || facts.description || 'an adapter without a name';
  const kind = [facts.vendor, facts.architecture].filter((part) => part !== '').join(' ');
  return `${name}${kind === '' ? '' : ` (${kind})`}${runsInSoftware(facts) ? ', in software' : ''}`;
}

export function runsInSoftware({ isFallbackAdapter = false }: AdapterFacts): boolean {
  return isFallbackAdapter;
}
