import { findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { unavailableError } from '../availability.js';
import type { DeviceOpener } from '../device.js';
import { probeWebgl } from './webgl.js';

/** tfjs's WebGL backend, unchanged: it has all kernels that training needs. */
export const openWebgl: DeviceOpener = async ({ activate }) => {
  const found = await probeWebgl();
  if ('reason' in found) throw unavailableError('webgl', found);
  const { MathBackendWebGL } = await import('@tensorflow/tfjs-backend-webgl');
  if (findBackendFactory('webgl') == null) registerBackend('webgl', () => new MathBackendWebGL());
  await activate();
  return { description: found.description, threads: 1 };
};
