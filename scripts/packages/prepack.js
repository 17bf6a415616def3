// Runs in a package's folder before npm packs or publishes it: builds the package and its dependencies, and removes
// files without a source from dist. If the build fails, npm stops.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = process.cwd();
const root = fileURLToPath(new URL('../..', import.meta.url));

run('npx', ['turbo', 'run', 'build', `--filter=${process.env.npm_package_name}`]);
run(process.execPath, [fileURLToPath(new URL('prune.js', import.meta.url)), folder]);

/** Runs a command with its output on stderr: `npm pack --json` uses stdout for its result. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
