import { BackendError } from '@normlab/errors';
import type { BackendName } from './backend.js';

/** What looking at a backend tells, without opening it in this process. */
export type Availability =
  | { readonly description: string }
  | { readonly reason: string; readonly remedy: string };

/** The error of opening a backend that is not available. */
export function unavailableError(
  name: BackendName,
  { reason, remedy }: { readonly reason: string; readonly remedy: string },
  cause?: unknown,
): BackendError {
  return new BackendError(
    {
      where: 'openBackend',
      what: `backend "${name}"`,
      rule: `be available here, but ${reason}`,
      hint: remedy,
    },
    { cause },
  );
}
