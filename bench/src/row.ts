/** One comparison as `--json` prints it. */
export type Row = {
  readonly name: string;
  readonly ours: number | null;
  readonly peer: number | null;
  readonly peerName: string;
  readonly unit: string;
  /** How many times as fast as the peer ours is, if the unit is a speed or a time; otherwise ours / peer. */
  readonly ratio: number | null;
  /** The number of runs of each median. */
  readonly n: number;
  /** The interquartile range over the median; the larger of the two sets of runs. */
  readonly spread?: number;
  /** Why a number is missing. */
  readonly note?: string;
};

/** Rows under one heading. */
export type Section = { readonly title: string; readonly rows: readonly Row[] };

type Compared = {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly unit: string;
  readonly n: number;
  readonly spread?: number;
};

/** A row where more is better: ratio = ours / peer. */
export function rateRow(compared: Compared): Row {
  return { ...compared, ratio: compared.ours / compared.peer };
}

/** A row where less is better: ratio = peer / ours. */
export function timeRow(compared: Compared): Row {
  return { ...compared, ratio: compared.peer / compared.ours };
}

/** A row for a case that could not be run, with the reason. */
export function missingRow(
  { name, ours, peerName, unit, n }: Omit<Compared, 'peer' | 'ours'> & { readonly ours: number | null },
  note: string,
): Row {
  return { name, ours, peer: null, peerName, unit, ratio: null, n, note };
}
