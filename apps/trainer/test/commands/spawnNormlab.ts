import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The built command, as a user has it. */
export const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

export type SpawnOptions = {
  /** A module to load before the command. */
  readonly preload?: string;
  /** Variables of the environment, besides those of the test. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs `normlab` to its end. */
export function normlab(args: readonly string[], cwd: string, options: SpawnOptions = {}): Promise<Ended> {
  return endOf(startNormlab(args, cwd, options));
}

/** Starts `normlab` without waiting for its end. */
export function startNormlab(
  args: readonly string[],
  cwd: string,
  { preload, env }: SpawnOptions = {},
): ChildProcess {
  const first = preload === undefined ? [] : ['--import', preload];
  return spawn(process.execPath, [...first, main, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts a shell with a command line. */
export function startShell(command: string, cwd: string): ChildProcess {
  return spawn('bash', ['-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for a process and collects its further output. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve).on('error', reject);
  });
  return { status, stdout, stderr };
}

const folders: string[] = [];

// At the top of the module: a running test cannot add hooks.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'normlab-test-'));
  folders.push(folder);
  return folder;
}

/** Flags for training a narrow network on few images: 4 steps per epoch. */
export const narrow = [
  ...['--width', '0.03', '--train-images', '64', '--test-images', '20', '--batch', '16'],
  ...['--backend', 'wasm', '--threads', '1'],
];

/** The same for 8 steps in 2 epochs. */
export const tiny = [...narrow, '--epochs', '2'];
