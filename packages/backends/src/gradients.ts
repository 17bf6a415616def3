import { BackendError } from '@normlab/errors';
import { getGradient } from '@tensorflow/tfjs-core';

/**
 * Registers tfjs-core's gradients, which `@tensorflow/tfjs-core` alone leaves out in Node.
 *
 * Does nothing where they are there already (the whole of `@tensorflow/tfjs` brings them too).
 *
 * @throws BackendError if the package was not built
 */
export async function registerGradients(): Promise<void> {
  if (getGradient('Sum') !== undefined) return;
  try {
    await import('../generated/gradients.js');
  } catch (cause) {
    throw new BackendError(
      {
        where: 'registerGradients',
        what: 'generated/gradients.js of @normlab/backends',
        rule: 'be there and load',
        got: cause instanceof Error ? cause.message : cause,
        hint: 'in the workspace it is made by: npm run build',
      },
      { cause },
    );
  }
}
