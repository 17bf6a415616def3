import { expect, it } from 'vitest';
import { roundTrips, rowsByCaches } from '../src/benchmarks/sharedCaches.js';
import { median } from '../src/statistics.js';

const timing = (samples: readonly number[]) => {
  return {
    seconds: median(samples),
    least: Math.min(...samples),
    spread: 0,
    n: samples.length,
    samples,
    heapBytes: 0,
    peakBytes: undefined,
  };
};

const images = { unit: 'images/s', figure: (seconds: number) => 32 / seconds };

const tripsOf = (nanoseconds: readonly number[]) =>
  timing(nanoseconds.map((each) => (each * roundTrips.count) / 1e9));

it('rounds are told apart by the time of a round trip', () => {
  const one = timing([16, 16, 16, 32, 16]);
  const many = timing([8, 12, 8, 8, 12.8]);
  const rows = rowsByCaches(
    'step, 2 threads',
    many,
    [{ peerName: 'one', timing: one }],
    tripsOf([104, 510, 106, 110, 505]),
    images,
  );
  expect(rows.map(({ name, n }) => [name, n])).toEqual([
    ['step, 2 threads, rounds where cores share a cache (106 ns there and back)', 3],
    ['step, 2 threads, rounds where cores share no cache (508 ns there and back)', 2],
  ]);
  expect(rows.map(({ ours, peer }) => [ours, peer])).toEqual([
    [32 / 8, 32 / 16],
    [32 / 12.4, 32 / 16],
  ]);
  expect(rows.map(({ ratio }) => ratio)).toEqual([2, 16 / 12.4]);
});

it('no row for a kind of rounds that did not come', () => {
  const rows = rowsByCaches(
    'step',
    timing([1]),
    [{ peerName: 'one', timing: timing([2]) }],
    tripsOf([90]),
    images,
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'step, rounds where cores share a cache (90 ns there and back)',
  ]);
});

it('rounds that a slow peer did not have are left out for all', () => {
  const slow = { peerName: 'slow', timing: timing([4, 6]) };
  const rows = rowsByCaches('step', timing([1, 3, 100]), [slow], tripsOf([90, 90, 90]), images);
  expect(rows.map(({ ours, peer, n }) => [ours, peer, n])).toEqual([[32 / 2, 32 / 5, 2]]);
});
