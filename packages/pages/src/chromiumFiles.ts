import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar';

const require = createRequire(import.meta.url);

/** The unpacked Chromium of `@sparticuz/chromium`. */
export type ChromiumFiles = {
  readonly executable: string;
  /** The folder of the shared libraries that it needs and that a minimal system lacks. */
  readonly libraries: string;
};

/**
 * Unpacks the Chromium of `@sparticuz/chromium`, its software GPU and its libraries into `node_modules/.cache`; only
 * once, since it takes seconds.
 *
 * The folder appears complete or not at all, even when several processes unpack at once.
 */
export async function chromiumFiles(): Promise<ChromiumFiles> {
  // The package exports only its main module, build/cjs/index.cjs.
  const root = join(dirname(require.resolve('@sparticuz/chromium')), '../..');
  const version = createHash('sha256')
    .update(await readFile(join(root, 'package.json')))
    .digest('hex');
  const cache = join(root, '../../.cache/normlab');
  const folder = join(cache, `chromium-${version.slice(0, 16)}`);
  const files = { executable: join(folder, 'chromium'), libraries: join(folder, 'lib') };
  if (await exists(folder)) return files;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await pipeline(
      createReadStream(join(root, 'bin/chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(fresh, 'chromium'), { mode: 0o755 }),
    );
    for (const archive of ['swiftshader', 'al2023']) {
      await pipeline(
        createReadStream(join(root, `bin/${archive}.tar.br`)),
        createBrotliDecompress(),
        extract({ cwd: fresh }),
      );
    }
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another process may have unpacked it first.
    if (!(await exists(folder))) throw error;
  }
  return files;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
