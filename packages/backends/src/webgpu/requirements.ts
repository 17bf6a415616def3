import { resolvePackage } from '../resolvePackage.js';
import { softwareArchive, softwarePackage } from './softwareVulkan.js';

/** The main files of the two packages. */
export type WebgpuPackages = { readonly dawn: string; readonly tfjs: string };

type Missing = { readonly reason: string; readonly remedy: string };

/** Dawn for Node (the package webgpu) and tfjs's backend, both optional; or which one is missing. */
export function webgpuPackages(): WebgpuPackages | Missing {
  const dawn = resolvePackage('webgpu');
  const tfjs = resolvePackage('@tensorflow/tfjs-backend-webgpu');
  if (dawn !== undefined && tfjs !== undefined) return { dawn, tfjs };
  return {
    reason: `the package ${dawn === undefined ? 'webgpu' : '@tensorflow/tfjs-backend-webgpu'} is not installed`,
    remedy: 'npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0',
  };
}

/** The reason and remedy for a Dawn that does not load; npm reinstalls a damaged package only after it is removed. */
export function brokenDawn(failure: string): Missing {
  return {
    reason: `the package webgpu does not load: ${failure}`,
    remedy: 'npm uninstall webgpu && npm install webgpu@0.6.2',
  };
}

/** The reason and remedy where there is no adapter, neither the machine's nor one in software. */
export function noAdapter(): Missing {
  const driver = "install the GPU's driver";
  if (process.platform !== 'linux') return { reason: 'Dawn finds no GPU that it can use', remedy: driver };
  const reason = 'no GPU has a Vulkan driver here';
  if (softwareArchive() !== undefined) {
    return { reason: `${reason}, and the software adapter does not start`, remedy: driver };
  }
  if (process.arch !== 'x64') return { reason, remedy: driver };
  return {
    reason: `${reason}, and the package ${softwarePackage} is not installed`,
    remedy: `${driver}, or for a software adapter: npm install ${softwarePackage}@143.0.4`,
  };
}
