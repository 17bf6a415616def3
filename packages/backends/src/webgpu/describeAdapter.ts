/** The properties of an adapter that we use. */
export type AdapterFacts = {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean | undefined;
};

/** One line for people: name, vendor and architecture, and whether it runs on the CPU. */
export function describeAdapter(facts: AdapterFacts): string {
  const name = facts.device || facts.description || 'an adapter without a name';
  const kind = [facts.vendor, facts.architecture].filter((part) => part !== '').join(' ');
  return `${name}${kind === '' ? '' : ` (${kind})`}${runsInSoftware(facts) ? ', in software' : ''}`;
}

export function runsInSoftware({ isFallbackAdapter = false }: AdapterFacts): boolean {
  return isFallbackAdapter;
}
