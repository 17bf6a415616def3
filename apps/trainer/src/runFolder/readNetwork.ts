import { join } from 'node:path';
import { OptionError } from '@normlab/errors';
import { buildModel, type Model } from '@normlab/models';
import type { TrainState } from '@normlab/train';
import { loadCheckpoint } from '@normlab/train/node';
import type { RunConfig } from './runConfig.js';
import { bestFolder } from './runFolder.js';

/** A run's network with the variables of a checkpoint. */
export type ReadNetwork = { readonly model: Model; readonly state: TrainState };

/**
 * Reads a run's network from its last checkpoint, or from that of its best evaluation. The backend must be open.
 *
 * @throws OptionError if the run did not keep its best checkpoint; DataError if a file is missing or damaged
 */
export async function readNetwork(
  where: string,
  run: string,
  { spec, settings: { keepBest } }: RunConfig,
  { best = false }: { readonly best?: boolean | undefined },
): Promise<ReadNetwork> {
  if (best && keepBest !== true) {
    const rule = 'be left out for a run without --keep-best';
    throw new OptionError({ where, what: '--best', rule, got: true });
  }
  const model = buildModel(spec);
  const { state } = await loadCheckpoint(best ? join(run, bestFolder) : run, { model });
  return { model, state };
}
