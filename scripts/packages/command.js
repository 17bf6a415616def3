import { spawn } from 'node:child_process';

/**
 * Returns a function that runs a program to its end and gives its stdout. It throws with the end of the output if the
 * program fails. Programs run in process groups of their own: SIGINT or SIGTERM of this process ends a program together
 * with its children, and then it counts as failed.
 */
export function commandRunner(variables) {
  // Variables of the npm that runs this script would override the settings of the registry.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const base = { ...Object.fromEntries(inherited), ...variables };
  let running;
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      stopped = true;
      if (running !== undefined) process.kill(-running.pid, 'SIGTERM');
    });
  }
  return async (cwd, program, args, env = {}) => {
    if (stopped) throw new Error('stopped');
    const stdio = ['ignore', 'pipe', 'pipe'];
    running = spawn(program, args, { cwd, env: { ...base, ...env }, stdio, detached: true });
    const said = { stdout: '', both: '' };
    running.stdout.setEncoding('utf8').on('data', (text) => {
      said.stdout += text;
      said.both += text;
    });
    running.stderr.setEncoding('utf8').on('data', (text) => {
      said.both += text;
    });
    const [status, signal] = await new Promise((resolve, reject) => {
      running.once('error', reject).once('close', (...ending) => resolve(ending));
    });
    running = undefined;
    if (status === 0) return said.stdout;
    const end = said.both.trim().split('\n').slice(-40).join('\n');
    throw new Error(`${program} ${args.join(' ')} (${stopped ? 'stopped' : (signal ?? status)}):\n${end}`);
  };
}
