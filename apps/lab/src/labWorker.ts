import { type Remote, wrap } from 'comlink';
import type { Lab } from './worker/lab.js';

/**
 * Starts the worker in which everything is computed, so that the page stays responsive.
 *
 * @param onFailure called if the worker itself fails, so that none of its calls will end
 */
export function startLab(onFailure: (message: string) => void): Remote<Lab> {
  const worker = new Worker(new URL('./worker/lab.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('error', ({ message }) =>
    onFailure(`The worker has failed: ${message || 'its script cannot be loaded'}. Load the page again.`),
  );
  return wrap<Lab>(worker);
}
