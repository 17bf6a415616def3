import { pathToFileURL } from 'node:url';
import type { Availability } from '../availability.js';
import { runProbe } from '../runProbe.js';
import { describeAdapter } from './describeAdapter.js';
import { noAdapter, webgpuPackages } from './requirements.js';
import { softwareArchive, unpackSoftwareVulkan } from './softwareVulkan.js';

/** Prints the adapter that Dawn finds, as JSON; `null` for none. Arguments: Dawn's file, a Vulkan loader. */
const script = `
const [dawn, loader] = process.argv.slice(1);
function loads(library) {
  try { process.dlopen({ exports: {} }, library, 0x1002); } catch (error) { return /self-register/.test(error.message); }
  return true;
}
async function main() {
  if (process.platform === 'linux' && !loads(loader)) return null;
  const { create } = await import(dawn);
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter };
}
main().then((found) => { console.log(JSON.stringify(found)); process.exit(0); });
`;

/** Whether Dawn finds an adapter here, as {@link openBackend} would. */
export async function probeWebgpu(): Promise<Availability> {
  const packages = webgpuPackages();
  if ('reason' in packages) return packages;
  const dawn = pathToFileURL(packages.dawn).href;
  const machine = await runProbe(script, [dawn, 'libvulkan.so.1']);
  const crash = 'failure' in machine ? machine.failure : undefined;
  if ('output' in machine && machine.output !== 'null') return { description: describe(machine.output) };

  const archive = softwareArchive();
  if (archive === undefined) {
    return crash === undefined
      ? noAdapter()
      : { reason: `asking for a GPU failed: ${crash}`, remedy: noAdapter().remedy };
  }
  const { loader, driverFile } = await unpackSoftwareVulkan(archive);
  const software = await runProbe(script, [dawn, loader], { VK_ICD_FILENAMES: driverFile });
  if ('output' in software && software.output !== 'null') return { description: describe(software.output) };
  const failure = 'failure' in software ? software.failure : 'it was not found';
  return {
    reason: `the adapter in software did not start: ${failure}`,
    remedy: "install the GPU's driver",
  };
}

function describe(output: string): string {
  return `webgpu: ${describeAdapter(JSON.parse(output))}`;
}
