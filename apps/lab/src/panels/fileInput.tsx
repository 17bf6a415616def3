type Props = {
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean;
  readonly disabled?: boolean;
  onFiles(files: readonly File[]): void;
};

/** A place for files: browsers let them be dropped on a file input, or chosen by mouse or keyboard. */
export function FileInput({ label, onFiles, ...rest }: Props) {
  return (
    <label class="files">
      <span>{label}</span>
      <input
        type="file"
        {...rest}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          // So that the same file can be chosen again.
          currentTarget.value = '';
        }}
      />
    </label>
  );
}
