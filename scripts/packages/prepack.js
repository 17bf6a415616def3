// Runs before npm packs or publishes a package, in its folder: builds it with what it depends on, and removes from dist
// what no source makes. A build that fails stops npm.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = process.cwd();
const root = fileURLToPath(new URL('../..', import.meta.url));

run('npx', ['turbo', 'run', 'build', `--filter=${process.env.npm_package_name}`]);
run(process.execPath, [fileURLToPath(new URL('prune.js', import.meta.url)), folder]);

/** What the command prints goes to stderr: `npm pack --json` keeps stdout for its own answer. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
