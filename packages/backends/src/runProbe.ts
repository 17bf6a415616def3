import { execFile } from 'node:child_process';

/** The answer of a probe, or why the probe failed. */
export type ProbeResult<Answer> = { readonly answer: Answer } | { readonly failure: string };

export type ProbeOptions = {
  /** Environment variables to add to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until the process is killed. */
  readonly timeout?: number;
};

/**
 * Runs a script in a separate Node process, so that a driver or library that crashes or hangs does not affect this one.
 *
 * @returns the JSON in the last line that it printed, or one line that says why there is none
 */
export function runProbe<Answer>(
  script: string,
  args: readonly string[],
  { env = {}, timeout = 60_000 }: ProbeOptions = {},
): Promise<ProbeResult<Answer>> {
  const command = ['--input-type=commonjs', '--eval', script, ...args];
  // A native library can block or catch SIGTERM.
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

/** The answer in the last line: libraries may print lines before it. */
function answerIn(output: string): ProbeResult<never> {
  try {
    return { answer: JSON.parse(output.trim().split('\n').at(-1)!) as never };
  } catch {
    return { failure: 'it ended without an answer' };
  }
}

/** The line of stderr that says what happened: an uncaught error, or an error of the dynamic linker. */
function complaint(report: string): string | undefined {
  return (
    report.match(/^\w*Error(?: \[\w+\])?: (.+)$/m)?.[1] ?? report.match(/^.*symbol lookup error: (.+)$/m)?.[1]
  );
}
