import { expect, it } from 'vitest';
import { measureSpeed } from '../../src/listeners/speed.js';

it('measureSpeed = images of the last steps over their time, without pauses', () => {
  const speed = measureSpeed(0, { window: 2 });
  expect(speed.imagesPerSecond()).toBe(0);
  speed.step(100, 10);
  expect(speed.imagesPerSecond()).toBe(10);
  speed.pause(1000);
  speed.step(100, 1010);
  expect(speed.imagesPerSecond()).toBe(10);
  speed.step(100, 1015);
  // The first step is outside the window: 200 images in 15 s.
  expect(speed.imagesPerSecond()).toBeCloseTo(200 / 15, 12);
});
