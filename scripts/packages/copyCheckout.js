import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { packageFolders, root } from './workspace.js';

/**
 * Copies the checkout as it is, changes included, into a repository of its own with one commit. What is installed is not
 * copied but linked, except the links to the packages of the workspace, which lead to the copy's own.
 */
export async function copyCheckout(copy, run) {
  const listed = await run(root, 'git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const file of listed.split('\0').filter((each) => each !== '' && existsSync(join(root, each)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { verbatimSymlinks: true });
  }
  await run(copy, 'git', ['init', '--quiet', '--initial-branch', 'main']);
  await commitAll(copy, run);
  for (const folder of [root, ...packageFolders()]) linkInstalled(folder, join(copy, relative(root, folder)));
}

/** Commits all changes of the copy; `node_modules` of real folders is ignored, as in the checkout. */
export async function commitAll(copy, run) {
  await run(copy, 'git', ['add', '--all']);
  await run(copy, 'git', ['commit', '--quiet', '--message', 'All that changed']);
}

/** An author for the commits and tags in the copy. */
export const author = {
  GIT_AUTHOR_NAME: 'nobody',
  GIT_AUTHOR_EMAIL: 'nobody@example.org',
  GIT_COMMITTER_NAME: 'nobody',
  GIT_COMMITTER_EMAIL: 'nobody@example.org',
};

function linkInstalled(from, to) {
  if (!existsSync(join(from, 'node_modules'))) return;
  mkdirSync(join(to, 'node_modules'));
  for (const name of readdirSync(join(from, 'node_modules'))) {
    const [source, target] = [from, to].map((folder) => join(folder, 'node_modules', name));
    if (name === 'normlab' || name === '@normlab')
      cpSync(source, target, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(source, target, 'junction');
  }
}
