import { execFile } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { temporaryFolder } from '@normlab/testing';
import { expect, it } from 'vitest';
import { root } from './support/publicPackages.js';

type Outcome = { readonly status: number; readonly stdout: string; readonly stderr: string };

/** Runs the audit with a registry of this test's own. */
async function audit(answer: RequestListener): Promise<Outcome> {
  const registry = createServer(answer);
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const { port } = registry.address() as AddressInfo;
  // npm remembers advisories in its cache by their ids.
  const cache = { npm_config_cache: await temporaryFolder() };
  const env = { ...process.env, ...cache, npm_config_registry: `http://127.0.0.1:${port}/` };
  try {
    return await new Promise((resolve) =>
      execFile(
        process.execPath,
        [join(root, 'scripts/packages/audit.js')],
        { env },
        (error, stdout, stderr) => {
          resolve({ status: Number(error?.code ?? 0), stdout, stderr });
        },
      ),
    );
  } finally {
    registry.closeAllConnections();
    await new Promise((resolve) => registry.close(resolve));
  }
}

/** A registry that knows a vulnerability of all versions of some packages, and nothing else. */
function registryWith(severities: Readonly<Record<string, string>>): RequestListener {
  return async (request, response) => {
    if (request.url !== '/-/npm/v1/security/advisories/bulk') return void response.writeHead(404).end('{}');
    const asked = JSON.parse(await text(request.pipe(createGunzip())));
    const known = Object.entries(severities).filter(([name]) => name in asked);
    const advisories = known.map(([name, severity], id) => [
      name,
      [{ id, url: 'https://example.org/1', title: `A hole in ${name}`, severity, vulnerable_versions: '*' }],
    ]);
    response.end(JSON.stringify(Object.fromEntries(advisories)));
  };
}

it('fails on a vulnerability that is high, of a package that users install', async () => {
  const { status, stderr } = await audit(registryWith({ undici: 'high' }));
  expect(stderr).toContain('undici: high: A hole in undici https://example.org/1\n');
  expect(status).toBe(1);
});

it('reports fewer than high, and passes', async () => {
  expect(await audit(registryWith({ undici: 'moderate' }))).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^audit: 0 vulnerabilities are high or critical, [1-9]\d* are less\n$/),
  });
});

it('leaves out what only this workspace installs', async () => {
  const found = await audit(registryWith({ vitest: 'critical', 'playwright-core': 'critical' }));
  expect(found).toEqual({
    status: 0,
    stderr: '',
    stdout: 'audit: 0 vulnerabilities are high or critical, 0 are less\n',
  });
});

it('says so where the registry has no such service', async () => {
  const found = await audit((_request, response) => void response.writeHead(405).end());
  expect(found.stdout).toMatch(/^SKIPPED audit: the registry does not answer it \(405 /);
  expect(found.status).toBe(0);
});

it('fails where the registry forbids the question', async () => {
  const found = await audit((_request, response) => void response.writeHead(401).end());
  expect(found.stderr).toContain('audit: npm audit failed');
  expect(found.status).toBe(1);
});
