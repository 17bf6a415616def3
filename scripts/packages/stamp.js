// Writes `repository`, `homepage` and `bugs` into the package.json of every public package. The release runs it, so that
// no address is kept in the packages. npm's provenance requires that `repository` is the place that the release runs in.
//
//   node scripts/packages/stamp.js
//
// The address is `repository` of the package.json in the current folder, the root of the workspace; without it, the one
// that GitHub Actions gives to every step.
import { writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { publicFolders, readManifest } from './workspace.js';

const workspace = process.cwd();
const address = addressOf(readManifest(workspace).repository) ?? addressOfActions(process.env);
if (address === undefined) {
  console.error(
    'stamp: set "repository" in the package.json of the workspace to the address of the repository, as in ' +
      '"https://github.com/OWNER/NAME" (in GitHub Actions, GITHUB_SERVER_URL and GITHUB_REPOSITORY do the same).',
  );
  process.exit(1);
}
for (const folder of publicFolders(workspace)) {
  const directory = relative(workspace, folder).split(sep).join('/');
  const stamped = {
    ...readManifest(folder),
    homepage: `${address}/tree/HEAD/${directory}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git`, directory },
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(stamped, null, 2)}\n`);
}
console.log(`stamp: the packages are from ${address}`);

/** The address of a page, from a `repository` as npm allows it: a string, or an object with `url`. */
function addressOf(repository) {
  const url = typeof repository === 'object' ? repository?.url : repository;
  if (url === undefined) return undefined;
  const page = /^(?:git\+)?(https:\/\/[^\s#]+?)(?:\.git)?\/?$/.exec(url)?.[1];
  if (page !== undefined) return page;
  console.error(
    `stamp: "repository" must be an address that begins with https://, got ${JSON.stringify(url)}.`,
  );
  process.exit(1);
}

function addressOfActions({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }) {
  return server && repository ? `${server}/${repository}` : undefined;
}
