// Asks npm's registry for known vulnerabilities of everything that the public packages install, and fails if one is high
// or critical. A registry without that service, such as a mirror, is reported, and is no failure.
//
//   npm run check:audit
import { spawnSync } from 'node:child_process';
import { publicWorkspaces, root } from './workspace.js';

/** What registries answer that do not have the service. */
const withoutService = [404, 405, 501];

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--omit=dev', '--json', ...publicWorkspaces()], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
  shell: process.platform === 'win32',
});
if (error !== undefined) throw error;
const answer = parsed(stdout);
if (answer?.vulnerabilities !== undefined) {
  const found = Object.values(answer.vulnerabilities);
  const grave = found.filter(({ severity }) => ['high', 'critical'].includes(severity));
  for (const { name, severity, via } of grave) {
    const reasons = via.map((each) =>
      typeof each === 'string' ? `through ${each}` : `${each.title} ${each.url}`,
    );
    console.error(`${name}: ${severity}: ${reasons.join('; ')}`);
  }
  console.log(
    `audit: ${grave.length} vulnerabilities are high or critical, ${found.length - grave.length} are less`,
  );
  process.exitCode = grave.length > 0 ? 1 : 0;
} else if (withoutService.includes(answer?.statusCode)) {
  console.log(`SKIPPED audit: the registry does not answer it (${answer.message})`);
} else {
  console.error(`audit: npm audit failed:\n${stdout}${stderr}`);
  process.exitCode = 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
