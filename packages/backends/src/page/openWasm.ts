import { refuse } from '../availability.js';
import type { DeviceOpener } from '../device.js';
import { startWasm } from '../wasm/startWasm.js';
import { canShareMemory, cores } from './cores.js';
import { probeWasm } from './probeWasm.js';
import { singleModule, threadedModule } from './tfjsModule.js';

/** tfjs's WASM backend: on all cores where the page may share memory, on one thread elsewhere. */
export const openWasm: DeviceOpener = async ({ threads: wanted = cores(), wasmFiles, ...request }) => {
  const found = await probeWasm();
  if ('reason' in found) refuse('wasm', found);
  const threads = canShareMemory() ? wanted : 1;
  const module = threads > 1 ? await threadedModule(threads, wasmFiles) : await singleModule(wasmFiles);
  return startWasm({ ...request, threads }, module);
};
