import type { Remote } from 'comlink';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { latest } from '../latest.js';
import type { Lab, Opened } from '../worker/lab.js';
import type { RunFiles } from '../worker/runFiles.js';
import { FileInput } from './fileInput.js';
import { Panel } from './panel.js';

type Props = {
  readonly lab: Remote<Lab>;
  readonly opened: Opened | undefined;
  /** The steps done when the network last stood still. */
  readonly step: number;
  readonly canSave: boolean;
  readonly isBusy: boolean;
  open(files: readonly File[]): void;
  onError(error: unknown): void;
};

type Link = { readonly name: string; readonly address: string };

/** The run as files, and files as a run. */
export function FilesPanel({ lab, opened, step, canSave, isBusy, open, onError }: Props) {
  const [links, setLinks] = useState<readonly Link[]>([]);
  useEffect(
    () => () => {
      for (const { address } of links) URL.revokeObjectURL(address);
    },
    [links],
  );
  const [begin] = useState(latest);
  // Files of an earlier step, or of another network, are old, also those that are still being made. A layout effect comes
  // before a click on the button can.
  useLayoutEffect(() => {
    begin();
    setLinks([]);
  }, [opened, step, isBusy]);
  const show = (files: RunFiles) => {
    const link = (name: string, content: BlobPart, type: string) => ({
      name,
      address: URL.createObjectURL(new Blob([content], { type })),
    });
    setLinks([
      link('checkpoint.safetensors', files.checkpoint, 'application/octet-stream'),
      link('config.json', files.config, 'application/json'),
    ]);
  };
  const make = async () => {
    const isNewest = begin();
    try {
      const files = await lab.save();
      if (isNewest()) show(files);
    } catch (error) {
      if (isNewest()) onError(error);
    }
  };
  return (
    <Panel title="Runs as files">
      <p>
        Put the two files of a run into a folder, and <code>npx normlab eval FOLDER</code> gives the same
        accuracy. A run of <code>normlab train</code> on the built-in images opens here.
      </p>
      <div class="buttons">
        <button type="button" onClick={make} disabled={!canSave}>
          Make the files
        </button>
      </div>
      {links.length > 0 && (
        <>
          <p role="status">
            {opened?.name} after {step} steps:
          </p>
          <ul class="links">
            {links.map(({ name, address }) => (
              <li key={name}>
                <a href={address} download={name}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <FileInput
        label="Open config.json and checkpoint.safetensors of a run"
        accept=".json,.safetensors"
        multiple
        disabled={isBusy}
        onFiles={open}
      />
    </Panel>
  );
}
