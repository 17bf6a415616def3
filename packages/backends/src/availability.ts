import { BackendError } from '@normlab/errors';
import type { BackendName } from './backend.js';

/** Why a backend cannot be opened here, and what to do. */
export type Unavailable = { readonly reason: string; readonly remedy: string };

/** The result of a probe, which does not open the backend in this process. */
export type Availability = { readonly description: string } | Unavailable;

/** The error of opening a backend that is not available. */
export function unavailableError(
  name: BackendName,
  { reason, remedy }: Unavailable,
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

/** Refuses a backend that the platform can never have. */
export function refuse(name: BackendName, why: Unavailable): never {
  throw unavailableError(name, why);
}

export const noWebgl: Unavailable = {
  reason: 'only web pages have WebGL',
  remedy: 'use webgpu or wasm',
};

export const noTensorflow: Unavailable = {
  reason: 'only Node loads its native library',
  remedy: 'use webgpu or wasm',
};
