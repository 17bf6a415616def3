import { useEffect, useState } from 'preact/hooks';
import type { RunFiles } from '../worker/runFiles.js';
import { FileInput } from './fileInput.js';
import { Panel } from './panel.js';

type Props = {
  readonly canSave: boolean;
  readonly isBusy: boolean;
  save(): Promise<RunFiles | undefined>;
  open(files: readonly File[]): void;
};

type Link = { readonly name: string; readonly address: string };

/** The run as files, and files as a run. */
export function FilesPanel({ canSave, isBusy, save, open }: Props) {
  const [links, setLinks] = useState<readonly Link[]>([]);
  useEffect(
    () => () => {
      for (const { address } of links) URL.revokeObjectURL(address);
    },
    [links],
  );
  const make = async () => {
    const files = await save();
    if (files === undefined) return;
    const link = (name: string, content: BlobPart, type: string) => ({
      name,
      address: URL.createObjectURL(new Blob([content], { type })),
    });
    setLinks([
      link('checkpoint.safetensors', files.checkpoint, 'application/octet-stream'),
      link('config.json', files.config, 'application/json'),
    ]);
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
        <ul class="links">
          {links.map(({ name, address }) => (
            <li key={name}>
              <a href={address} download={name}>
                {name}
              </a>
            </li>
          ))}
        </ul>
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
