import type { Timing } from '../interleave.js';
import { type Row, rateRow } from '../row.js';
import { median } from '../statistics.js';
import type { RoundTripsWorkload } from '../workload.js';
import type { Shown } from './benchmark.js';

/** Long beside the messages that begin and end it. */
export const roundTrips: RoundTripsWorkload = { kind: 'round-trips', count: 20_000 };

/**
 * Seconds below which two cores share a cache: measured were .1 µs on cores that do, and .5 µs on those of one processor
 * that do not.
 */
const nearSeconds = 0.25e-6;

type Measured = Extract<Timing, { readonly samples: readonly number[] }>;

/**
 * Compares our times with several threads and with one, apart for the rounds in which the cores shared a cache and those
 * in which they did not. A virtual machine's cores are moved between those of its host, some ten seconds apart: threads
 * then read at another speed what others have written, while arithmetic keeps its own.
 *
 * @param trips seconds of {@link roundTrips} in the same rounds
 */
export function rowsByCaches(
  name: string,
  one: Measured,
  many: Measured,
  trips: Measured,
  images: Shown,
): Row[] {
  const rounds = many.samples.map((seconds, round) => ({
    one: one.samples[round]!,
    many: seconds,
    trip: trips.samples[round]! / roundTrips.count,
  }));
  const near = rounds.filter(({ trip }) => trip <= nearSeconds);
  const far = rounds.filter(({ trip }) => trip > nearSeconds);
  return [
    { where: 'cores share a cache', chosen: near },
    { where: 'cores share no cache', chosen: far },
  ].flatMap(({ where, chosen }) => {
    if (chosen.length === 0) return [];
    const nanoseconds = Math.round(median(chosen.map(({ trip }) => trip)) * 1e9);
    return rateRow({
      name: `${name}, rounds where ${where} (${nanoseconds} ns there and back)`,
      ours: images.figure(median(chosen.map((round) => round.many))),
      peer: images.figure(median(chosen.map((round) => round.one))),
      peerName: 'normlab, 1 thread',
      unit: images.unit,
      n: chosen.length,
    });
  });
}
