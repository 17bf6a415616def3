import { execFile } from 'node:child_process';

/** What a probe's process came to. */
export type ProbeResult = { readonly output: string } | { readonly failure: string };

/**
 * Runs a script in a Node process of its own, so that a driver or library that crashes takes nothing with it.
 *
 * @returns what it printed, or in one line why it failed
 */
export function runProbe(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProbeResult> {
  const command = ['--input-type=commonjs', '--eval', script, ...args];
  const options = { env: { ...process.env, ...env }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, output, complaints) => {
      if (error === null) resolve({ output: output.trim() });
      else if (error.killed) resolve({ failure: 'it did not answer within a minute' });
      else if (error.signal != null) resolve({ failure: `it crashed with ${error.signal}` });
      else resolve({ failure: complaint(complaints) ?? error.message.split('\n')[0]! });
    });
  });
}

/** The line of an uncaught error's report that says what happened. */
function complaint(report: string): string | undefined {
  return report.match(/^\w*Error(?: \[\w+\])?: (.+)$/m)?.[1];
}
