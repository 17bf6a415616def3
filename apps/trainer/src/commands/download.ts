import { type DownloadProgress, download as fetchDataset } from '@normlab/datasets/node';
import { nameHint, OptionError } from '@normlab/errors';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { passingBar } from '../terminal/bar.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { shellWord } from '../terminal/shellWord.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

const names = ['cifar10', 'cifar100'] as const;

/** `normlab download NAME DIR`: an official data set, checked and unpacked. @returns the exit status */
export async function download(name: string, dir: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { url } = readOptions('download', flags);
  const known = names.find((each) => each === name);
  if (known === undefined) {
    const rule = `be one of ${names.join(', ')}`;
    const hint = nameHint(name, names);
    throw new OptionError({ where: 'normlab download', what: 'the data set', rule, got: name, hint });
  }
  const interruption = onInterruption(() => terminal.warn('Stopping. The received part is kept.'));
  const transfer = showTransfer(terminal);
  try {
    const folder = await fetchDataset(known, dir, {
      onProgress: transfer.update,
      signal: interruption.signal,
      ...(url !== undefined && { url }),
    });
    transfer.stop();
    if (terminal.json) terminal.result(JSON.stringify({ dataset: known, folder }));
    terminal.say(`Ready: normlab train --dataset ${known} --data ${shellWord(dir)}`);
    return exitStatus.done;
  } catch (error) {
    const { signal } = interruption;
    if (signal.aborted && error === signal.reason) return interruption.status();
    throw error;
  } finally {
    transfer.stop();
    interruption.release();
  }
}

/** A progress bar over the bytes on a terminal, else a line per phase. */
function showTransfer({ watched, say }: Terminal): {
  update(progress: DownloadProgress): void;
  stop(): void;
} {
  let current: DownloadProgress['phase'] | undefined;
  const bar = watched
    ? passingBar<{ phase: string }>(({ value, total }, { phase }) => {
        return { before: phase, after: [`${value}/${total} MB`] };
      })
    : undefined;
  return {
    update({ phase, done, total }) {
      const [value, all] = [megabytes(done), megabytes(total)];
      if (phase !== current) {
        current = phase;
        if (bar === undefined) say(`${words[phase]} ${all} MB`);
        bar?.stop();
        bar?.start(all, value, { phase: words[phase] });
      }
      bar?.update(value);
    },
    stop: () => bar?.stop(),
  };
}

const words: Readonly<Record<DownloadProgress['phase'], string>> = {
  fetch: 'fetching',
  check: 'checking',
  unpack: 'unpacking',
};

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
