import type { Timing } from '../interleave.js';
import { type Row, rateRow } from '../row.js';
import { median } from '../statistics.js';
import type { RoundTripsWorkload } from '../workload.js';
import type { Shown } from './benchmark.js';

/** Long beside the messages that begin and end it, and short where two threads have to share a core. */
export const roundTrips: RoundTripsWorkload = { kind: 'round-trips', count: 5_000 };

/**
 * Seconds of a round trip below which two cores share a cache: measured were .1 µs between cores that do, and .4 µs
 * between cores of one processor that do not.
 */
const nearSeconds = 0.25e-6;

type Measured = Extract<Timing, { readonly samples: readonly number[] }>;

/**
 * Compares our times with those of others, separately for the rounds in which the cores shared a cache and for those in
 * which they did not: a host moves the cores of a virtual machine between its own, and it takes a thread longer to read
 * what another one has written if their cores share no cache.
 *
 * @param trips seconds of {@link roundTrips} in the same rounds
 */
export function rowsByCaches(
  name: string,
  ours: Measured,
  others: readonly { readonly peerName: string; readonly timing: Measured }[],
  trips: Measured,
  { unit, figure }: Shown,
): Row[] {
  // A peer that takes long has fewer rounds.
  const rounds = Math.min(...[ours, trips, ...others.map(({ timing }) => timing)].map(({ n }) => n));
  const seconds = trips.samples.slice(0, rounds).map((each) => each / roundTrips.count);
  return [
    { where: 'cores share a cache', isChosen: (round: number) => seconds[round]! <= nearSeconds },
    { where: 'cores share no cache', isChosen: (round: number) => seconds[round]! > nearSeconds },
  ].flatMap(({ where, isChosen }) => {
    const chosen = (samples: readonly number[]) =>
      samples.slice(0, rounds).filter((_, round) => isChosen(round));
    const trip = chosen(seconds);
    if (trip.length === 0) return [];
    const nanoseconds = Math.round(median(trip) * 1e9);
    return others.map(({ peerName, timing }) =>
      rateRow({
        name: `${name}, rounds where ${where} (${nanoseconds} ns there and back)`,
        ours: figure(median(chosen(ours.samples))),
        peer: figure(median(chosen(timing.samples))),
        peerName,
        unit,
        n: trip.length,
      }),
    );
  });
}
