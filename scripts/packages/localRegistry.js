import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Starts a registry of npm on loopback that has the packages of normlab once they are published, and all others from the
 * registry at `others`. All its files are in `folder`, and so are the settings and the cache of npm that use it: those of
 * the user stay as they are.
 *
 * @returns the address, the variables with which npm uses the registry and may publish, and a function that stops it
 */
export async function startRegistry(folder, others) {
  mkdirSync(folder);
  const config = {
    configPath: join(folder, 'config.json'),
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    web: { enable: false },
    max_body_size: '100mb',
    log: { type: 'file', path: join(folder, 'log'), level: 'http' },
  };
  const program = fileURLToPath(new URL('registryServer.js', import.meta.url));
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'];
  const server = fork(program, [JSON.stringify(config), others], { stdio });
  const stopped = once(server, 'exit');
  const port = await Promise.race([
    once(server, 'message').then(([message]) => message.port),
    stopped.then(([status]) => Promise.reject(new Error(`the registry ended with status ${status}`))),
  ]);
  const address = `http://127.0.0.1:${port}/`;
  const userconfig = join(folder, 'npmrc');
  const token = await tokenOf(address);
  writeFileSync(userconfig, `//127.0.0.1:${port}/:_authToken=${token}\naudit=false\nfund=false\n`);
  return {
    address,
    variables: {
      npm_config_registry: address,
      npm_config_userconfig: userconfig,
      npm_config_cache: join(folder, 'cache'),
      npm_config_update_notifier: 'false',
    },
    async stop() {
      server.kill();
      await stopped;
    },
  };
}

/** Makes a user of the registry who may publish. */
async function tokenOf(address) {
  const response = await fetch(`${address}-/user/org.couchdb.user:publisher`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'publisher', password: crypto.randomUUID() }),
  });
  const { token, error } = await response.json();
  if (token === undefined) throw new Error(`the registry gave no token: ${error}`);
  return token;
}
