import {
  backendChoices,
  modelChoices,
  normKindChoices,
  placementChoices,
  placementWords,
  type RunSettings,
} from '../runSettings.js';

type Props = {
  readonly settings: RunSettings;
  readonly disabled: boolean;
  onChange(settings: RunSettings): void;
};

/** What decides a run. */
export function SettingsForm({ settings, disabled, onChange }: Props) {
  const set = (part: Partial<RunSettings>) => onChange({ ...settings, ...part });
  return (
    <fieldset disabled={disabled} class="settings">
      <legend>A new run</legend>
      <Choice
        label="Network"
        value={settings.model}
        choices={modelChoices}
        onChange={(model) => set({ model })}
      />
      <Choice
        label="Placement of norms"
        value={settings.norm}
        choices={placementChoices}
        words={placementWords}
        onChange={(norm) => set({ norm })}
      />
      <Choice
        label="Kind of norm"
        value={settings.normKind}
        choices={normKindChoices}
        onChange={(normKind) => set({ normKind })}
      />
      <Choice
        label="Backend"
        value={settings.backend}
        choices={backendChoices}
        onChange={(backend) => set({ backend })}
      />
      <Count
        label="Width"
        value={settings.width}
        min={0.02}
        max={1}
        step="any"
        onChange={(width) => set({ width })}
      />
      <Count
        label="Epochs"
        value={settings.epochs}
        min={1}
        max={100}
        step={1}
        onChange={(epochs) => set({ epochs })}
      />
      <Count
        label="Images per step"
        value={settings.batch}
        min={2}
        max={1000}
        step={1}
        onChange={(batch) => set({ batch })}
      />
      <Count
        label="Learning rate"
        value={settings.learningRate}
        min={0.0001}
        max={100}
        step="any"
        onChange={(learningRate) => set({ learningRate })}
      />
      <Count
        label="Seed"
        value={settings.seed}
        min={0}
        max={2 ** 32 - 1}
        step={1}
        onChange={(seed) => set({ seed })}
      />
    </fieldset>
  );
}

type ChoiceProps<Name extends string> = {
  readonly label: string;
  readonly value: Name;
  readonly choices: readonly Name[];
  readonly words?: Readonly<Record<Name, string>>;
  onChange(name: Name): void;
};

function Choice<Name extends string>({ label, value, choices, words, onChange }: ChoiceProps<Name>) {
  return (
    <label {...(words !== undefined && { class: 'whole' })}>
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(choices[currentTarget.selectedIndex]!)}>
        {choices.map((name) => (
          <option key={name} value={name}>
            {words?.[name] ?? name}
          </option>
        ))}
      </select>
    </label>
  );
}

type CountProps = {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** `any`: every number in range. */
  readonly step: number | 'any';
  onChange(value: number): void;
};

/** A number; one that is out of range is not taken, and the browser says why. */
function Count({ label, onChange, ...rest }: CountProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        required
        {...rest}
        onChange={({ currentTarget }) => {
          if (currentTarget.reportValidity()) onChange(currentTarget.valueAsNumber);
        }}
      />
    </label>
  );
}
