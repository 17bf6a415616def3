import { BackendError } from '@normlab/errors';
import { getGradient } from '@tensorflow/tfjs-core';

/**
 * Registers tfjs-core's gradients, which importing `@tensorflow/tfjs-core` alone does not do in Node.
 *
 * Does nothing where they are registered already (importing `@tensorflow/tfjs` registers them too).
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
        hint: 'in the workspace, npm run build makes it',
      },
      { cause },
    );
  }
}
