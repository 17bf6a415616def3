import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const archive = fileURLToPath(new URL('../../../../shared/data/cifar10-images.tar.xz', import.meta.url));

/** Whether the archive of real CIFAR-10 images exists beside the checkout, and a tar that reads xz. */
export const hasRealImages = existsSync(archive) && spawnSync('xz', ['--version']).status === 0;

/** Unpacks the images of these names (`train/airplane/0000.jpg`), in which `*` stands for any characters. */
export function unpackRealImages(folder: string, names: readonly string[]): void {
  const { status, stderr } = spawnSync('tar', ['-xJf', archive, '-C', folder, '--wildcards', ...names]);
  if (status !== 0) throw new Error(`tar: ${stderr}`);
}
