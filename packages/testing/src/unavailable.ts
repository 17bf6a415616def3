import { arch, platform } from 'node:process';
import { type BackendName, listBackends } from '@normlab/backends';

let statuses: ReturnType<typeof listBackends> | undefined;

/**
 * Why a backend cannot be opened here, and what to do; undefined if it can.
 *
 * @throws Error for a backend that must open here, so that its tests fail instead of being skipped
 */
export async function unavailable(name: BackendName): Promise<string | undefined> {
  statuses ??= listBackends();
  const { reason, remedy } = (await statuses).find((status) => status.name === name)!;
  if (reason === undefined) return undefined;
  if (!isOptional(name)) throw new Error(`${name} must open on ${platform} ${arch}: ${reason} (${remedy})`);
  return `${reason} (${remedy})`;
}

/**
 * Whether tests on a backend may be skipped. On Linux x64, npm installs all that a backend needs, except tensorflow;
 * elsewhere a GPU may be missing.
 */
export function isOptional(name: BackendName): boolean {
  const hasSoftwareGpu = platform === 'linux' && arch === 'x64';
  return name === 'tensorflow' || (name === 'webgpu' && !hasSoftwareGpu);
}
