import { resolvePackage } from '../resolvePackage.js';
import { softwareArchive, softwarePackage } from './softwareVulkan.js';

/** The files that the two packages are loaded from. */
export type WebgpuPackages = { readonly dawn: string; readonly tfjs: string };

type Missing = { readonly reason: string; readonly remedy: string };

/** Dawn for Node and tfjs's backend for it, both optional. */
export function webgpuPackages(): WebgpuPackages | Missing {
  const dawn = resolvePackage('webgpu');
  const tfjs = resolvePackage('@tensorflow/tfjs-backend-webgpu');
  if (dawn !== undefined && tfjs !== undefined) return { dawn, tfjs };
  return {
    reason: `the package ${dawn === undefined ? 'webgpu' : '@tensorflow/tfjs-backend-webgpu'} is not installed`,
    remedy: 'npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0',
  };
}

/** Why an installed Dawn is of no use; npm takes a damaged package for whole until it is removed. */
export function brokenDawn(failure: string): Missing {
  return {
    reason: `the package webgpu does not load: ${failure}`,
    remedy: 'npm uninstall webgpu && npm install webgpu@0.6.2',
  };
}

/** Why no adapter was found, neither the machine's nor one in software, and what to do. */
export function noAdapter(): Missing {
  const driver = "install the GPU's driver";
  if (process.platform !== 'linux') return { reason: 'Dawn finds no GPU that it can use', remedy: driver };
  const reason = 'no GPU has a Vulkan driver here';
  if (softwareArchive() !== undefined) {
    return { reason: `${reason}, and the adapter in software does not start`, remedy: driver };
  }
  if (process.arch !== 'x64') return { reason, remedy: driver };
  return {
    reason: `${reason}, and the package ${softwarePackage} is not installed`,
    remedy: `${driver}, or for an adapter in software: npm install ${softwarePackage}@143.0.4`,
  };
}
