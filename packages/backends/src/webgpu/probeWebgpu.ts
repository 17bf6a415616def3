import { pathToFileURL } from 'node:url';
import type { Availability } from '../availability.js';
import { runProbe } from '../runProbe.js';
import { type AdapterFacts, describeAdapter } from './describeAdapter.js';
import { brokenDawn, noAdapter, webgpuPackages } from './requirements.js';
import { machineSource, softwareSource } from './vulkan.js';

/** Prints the adapter that Dawn finds as JSON, `null` for none. Arguments: the URL of Dawn, a Vulkan loader or ''. */
const script = `
const [dawn, loader] = process.argv.slice(1);
if (loader) try { process.dlopen({ exports: {} }, loader, 0x1002); } catch {}
async function main() {
  const { create } = await import(dawn);
  const adapter = await create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter };
}
main().then((found) => { console.log(JSON.stringify(found)); process.exit(0); });
`;

/** Only loads Dawn. */
const loadScript = "import(process.argv[1]).then(() => { console.log('true'); process.exit(0); });";

/** Whether Dawn finds an adapter here, as {@link openBackend} would. */
export async function probeWebgpu(packages = webgpuPackages()): Promise<Availability> {
  if ('reason' in packages) return packages;
  const dawn = pathToFileURL(packages.dawn).href;
  const failures: string[] = [];
  for (const findSource of [machineSource, softwareSource]) {
    const source = await findSource();
    if (source === undefined) continue;
    const result = await runProbe<AdapterFacts | null>(script, [dawn, source.loader ?? ''], {
      env: source.env,
    });
    if ('failure' in result) failures.push(result.failure);
    else if (result.answer !== null) return { description: `webgpu: ${describeAdapter(result.answer)}` };
  }
  const { reason, remedy } = noAdapter();
  if (failures.length === 0) return { reason, remedy };
  // The driver or the package webgpu may be damaged: loading only the package tells which.
  const loaded = await runProbe(loadScript, [dawn]);
  if ('failure' in loaded) return brokenDawn(loaded.failure);
  return { reason: `asking for an adapter failed: ${failures[0]}`, remedy };
}
