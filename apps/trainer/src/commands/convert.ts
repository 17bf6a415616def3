import { writeCifar10 } from '@normlab/datasets/node';
import { readImages } from '../fromSettings/data.js';
import { showLoading } from '../listeners/showLoading.js';
import type { Flags } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { openTerminal } from '../terminal/terminal.js';

/** `normlab convert IMAGES OUT`: a folder of images in CIFAR-10's binary layout. @returns the exit status */
export async function convert(images: string, out: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const data = await readImages(images, showLoading(terminal));
  await writeCifar10(out, data);
  const counts = { train: data.train.labels.length, test: data.test.labels.length };
  if (terminal.json) terminal.result(JSON.stringify({ folder: out, ...counts, classes: data.train.classes }));
  terminal.say(`${counts.train} training and ${counts.test} test images written to ${out}`);
  return exitStatus.done;
}
