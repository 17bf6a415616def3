import { cpus, freemem, totalmem } from 'node:os';
import { type BackendStatus, listBackends } from '@normlab/backends';
import { usableCores } from '@normlab/backends/node';
import { versions } from '../runFolder/versions.js';
import type { Flags } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { openTerminal } from '../terminal/terminal.js';

/** The document of `normlab doctor --json`. */
export type DoctorResult = {
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: {
    readonly platform: string;
    readonly processor: string;
    readonly cores: number;
    /** Bytes. */
    readonly memory: number;
    readonly freeMemory: number;
  };
  readonly backends: readonly BackendStatus[];
};

/** `normlab doctor`: what can compute here. @returns 1 if no backend can train */
export async function doctor(flags: Flags): Promise<number> {
  const { json, result } = openTerminal(flags);
  const found: DoctorResult = {
    versions: versions(),
    machine: {
      platform: `${process.platform}-${process.arch}`,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: usableCores(),
      memory: totalmem(),
      freeMemory: freemem(),
    },
    backends: await listBackends(),
  };
  result(json ? JSON.stringify(found, null, 2) : inWords(found));
  return found.backends.some(({ available }) => available) ? exitStatus.done : exitStatus.failed;
}

function inWords({ versions, machine, backends }: DoctorResult): string {
  const { platform, processor, cores, memory, freeMemory } = machine;
  return [
    `normlab ${versions.normlab}, TensorFlow.js ${versions['@tensorflow/tfjs-core']}, Node ${versions.node}`,
    `${platform}, ${processor}, ${cores} cores, ${gigabytes(freeMemory)} of ${gigabytes(memory)} GB free`,
    '',
    ...backends.flatMap(({ name, available, description, reason, remedy }) =>
      available
        ? [`works   ${name.padEnd(10)}  ${description}`]
        : [`absent  ${name.padEnd(10)}  ${reason ?? ''}`, `${' '.repeat(20)}what to do: ${remedy ?? ''}`],
    ),
  ].join('\n');
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
