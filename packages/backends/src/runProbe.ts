import { execFile } from 'node:child_process';

/** What a probe's process came to. */
export type ProbeResult<Answer> = { readonly answer: Answer } | { readonly failure: string };

export type ProbeOptions = {
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until the process is ended. */
  readonly timeout?: number;
};

/**
 * Runs a script in a Node process of its own, so that a driver or library that crashes or hangs takes nothing
 * with it.
 *
 * @returns the JSON in the last line that it printed, or in one line why there is none
 */
export function runProbe<Answer>(
  script: string,
  args: readonly string[],
  { env = {}, timeout = 60_000 }: ProbeOptions = {},
): Promise<ProbeResult<Answer>> {
  const command = ['--input-type=commonjs', '--eval', script, ...args];
  // A native library can hold back the milder signals.
  const options = { env: { ...process.env, ...env }, timeout, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, output, report) => {
      if (error === null) resolve(answerIn(output));
      else if (error.killed) resolve({ failure: `it did not answer within ${timeout / 1000} s` });
      else if (error.signal != null) resolve({ failure: `it crashed with ${error.signal}` });
      else resolve({ failure: complaint(report) ?? `it ended with status ${error.code}` });
    });
  });
}

/** The last line, as libraries may have printed some of their own before it. */
function answerIn(output: string): ProbeResult<never> {
  try {
    return { answer: JSON.parse(output.trim().split('\n').at(-1)!) as never };
  } catch {
    return { failure: 'it ended without an answer' };
  }
}

/** The line that says what happened: an uncaught error's, or the linker's, which ends the process itself. */
function complaint(report: string): string | undefined {
  return (
    report.match(/^\w*Error(?: \[\w+\])?: (.+)$/m)?.[1] ?? report.match(/^.*symbol lookup error: (.+)$/m)?.[1]
  );
}
