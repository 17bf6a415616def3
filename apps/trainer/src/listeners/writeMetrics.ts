import type { MetricsLog } from '../runFolder/metricsLog.js';
import type { Listener } from './listener.js';

/** Writes steps, epochs and evaluations to `metrics.jsonl`, and makes them last before a checkpoint does. */
export function writeMetrics(log: MetricsLog, seconds: () => number): Listener {
  return (event) => {
    if (event.type === 'checkpoint') return log.flush();
    log.write({ ...event, seconds: rounded(seconds()) });
  };
}

function rounded(seconds: number): number {
  return Math.round(1000 * seconds) / 1000;
}
