/** What one trial did, and the faults that it found. */
export type Trial = {
  /** How many of each: `{ kills: 2, resumed: 3 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** What went wrong, in words. */
  readonly faults: readonly string[];
};

/** A campaign that is ready to try. */
export type OpenCampaign = {
  /** Does trial number `index`, from 0; the number decides everything but the machine's timing. */
  trial(index: number): Promise<Trial>;
  /** The number of different trials; without it they never end. */
  readonly total?: number;
  close(): Promise<void>;
};

/** A search for faults of one kind, as a sequence of numbered trials. */
export type Campaign = {
  /** What it does, for the table of results. */
  readonly about: string;
  /** Trials of a short run, about a minute. */
  readonly short: number;
  /** @returns why it cannot run here, instead of a campaign */
  open(): Promise<OpenCampaign | string>;
};

/** What a run of a campaign did. */
export type CampaignRun = {
  readonly trials: readonly [first: number, end: number];
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly trial: number; readonly fault: string }[];
};

/** When to stop: after so many trials, or after so many minutes, whichever comes first. */
export type Limits = { readonly count: number; readonly minutes: number };

/** Does trials from `first` on. */
export async function runCampaign(
  campaign: OpenCampaign,
  first: number,
  { count, minutes }: Limits,
  say: (text: string) => void,
): Promise<CampaignRun> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const counts: Record<string, number> = {};
  const faults: { trial: number; fault: string }[] = [];
  let spoke = 0;
  let done = 0;
  while (done < count && seconds() < 60 * minutes) {
    const index = first + done;
    const trial = await campaign.trial(campaign.total === undefined ? index : index % campaign.total);
    done++;
    for (const [name, number] of Object.entries(trial.counts)) counts[name] = (counts[name] ?? 0) + number;
    for (const fault of trial.faults) {
      faults.push({ trial: index, fault });
      say(`trial ${index}: ${fault}`);
    }
    if (seconds() - spoke > 30) {
      spoke = seconds();
      say(`${done} trials, ${faults.length} faults, ${Math.round(spoke)} s`);
    }
  }
  return { trials: [first, first + done], seconds: Math.round(seconds()), counts, faults };
}
