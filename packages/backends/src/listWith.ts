import { NormlabError } from '@normlab/errors';
import type { Availability } from './availability.js';
import type { BackendName, BackendStatus } from './backend.js';
import { registerGradients } from './gradients.js';

/** For each backend of a platform, a function that tests it without opening it. */
export type Probes = Readonly<Record<BackendName, () => Promise<Availability>>>;

/** `listBackends` with the probes of a platform. */
export async function listWith(probes: Probes): Promise<BackendStatus[]> {
  const names = Object.keys(probes) as BackendName[];
  return Promise.all(names.map((name) => statusOf(name, probes[name])));
}

async function statusOf(name: BackendName, probe: () => Promise<Availability>): Promise<BackendStatus> {
  const found = await look(probe).catch(fault);
  return 'description' in found
    ? { name, available: true, description: found.description }
    : { name, available: false, description: name, ...found };
}

async function look(probe: () => Promise<Availability>): Promise<Availability> {
  await registerGradients();
  return probe();
}

/** The status of a backend whose probe threw: an unreadable file, a damaged package. */
function fault(error: unknown): Availability {
  if (error instanceof NormlabError) {
    return { reason: error.message, remedy: error.complaint.hint ?? 'see the message' };
  }
  return {
    reason: error instanceof Error ? error.message : String(error),
    remedy: 'install the packages again: npm ci',
  };
}
