import type { Remote } from 'comlink';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { note, scaled } from '../charts/plots.js';
import { latest } from '../latest.js';
import type { Lab, Opened } from '../worker/lab.js';
import type { ScaledKernel } from '../worker/scaleKernel.js';
import { Panel } from './panel.js';

/** The factors of the dots: 2⁻⁵ to 2⁵. */
const factors = Array.from({ length: 11 }, (_, index) => 2 ** (index - 5));

type Props = {
  readonly lab: Remote<Lab>;
  readonly opened: Opened | undefined;
  /** The steps done when the network last stood still: the dots are those of that network. */
  readonly step: number;
  onFirstGradient(): void;
  onError(error: unknown): void;
};

/** The first two invariances: L(aW) = L(W), ∂L/∂(aW) = (1/a)·∂L/∂W. */
export function ScalePanel({ lab, opened, step, onFirstGradient, onError }: Props) {
  const [path, setPath] = useState<string>();
  const [exponent, setExponent] = useState(1);
  const [points, setPoints] = useState<readonly ScaledKernel[]>([]);
  const [at, setAt] = useState<ScaledKernel>();
  /** Begins a request for the slider's numbers. */
  const [begin] = useState(latest);
  const kernel = path !== undefined && opened?.kernels.includes(path) ? path : opened?.kernels[0];
  const a = 2 ** exponent;

  // A layout effect comes before the slider can be moved for the new network.
  useLayoutEffect(() => {
    setPoints([]);
    setAt(undefined);
    const isNewest = begin();
    if (kernel === undefined) return;
    let current = true;
    const request = async () => {
      const now = await lab.scale(kernel, a);
      if (!current) return;
      // The slider may have moved meanwhile.
      if (isNewest()) setAt(now);
      onFirstGradient();
      for (const factor of factors) {
        const point = await lab.scale(kernel, factor);
        if (!current) return;
        setPoints((known) => [...known, point]);
      }
    };
    request().catch((error) => current && onError(error));
    return () => {
      current = false;
    };
  }, [opened, kernel, step]);

  const slide = async (to: number) => {
    setExponent(to);
    if (kernel === undefined) return;
    const isNewest = begin();
    try {
      const now = await lab.scale(kernel, 2 ** to);
      if (isNewest()) setAt(now);
    } catch (error) {
      if (isNewest()) onError(error);
    }
  };

  const still = points.find((point) => point.a === 1);
  const draw = useMemo(
    () => (still === undefined || at === undefined ? waiting : scaled(points, at, still)),
    [points, at, still],
  );
  return (
    <Panel title="The scale of the weights">
      <p>
        A norm divides by the standard deviation, so a kernel a·W in front of it gives the same output as W.
        The loss stays as it is, and the gradient is divided by a.
      </p>
      {opened === undefined ? null : kernel === undefined ? (
        <p>This network has no convolution directly before a norm, so nothing here is invariant.</p>
      ) : (
        <>
          <label>
            <span>Kernel W</span>
            <select value={kernel} onChange={({ currentTarget }) => setPath(currentTarget.value)}>
              {opened?.kernels.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
          <label>
            <span>Factor a = {a < 1 ? `1/${(1 / a).toFixed(1)}` : a.toFixed(1)}</span>
            <input
              type="range"
              min={-5}
              max={5}
              step={0.25}
              value={exponent}
              aria-valuetext={`a is ${a.toPrecision(3)}`}
              onInput={({ currentTarget }) => slide(currentTarget.valueAsNumber)}
            />
          </label>
          <dl class="figures" id="scaled">
            <div>
              <dt>L(aW)</dt>
              <dd>{at?.loss.toPrecision(6) ?? '…'}</dd>
            </div>
            <div>
              <dt>‖∂L/∂(aW)‖</dt>
              <dd>{at?.gradientNorm.toPrecision(4) ?? '…'}</dd>
            </div>
            <div>
              <dt>a · ‖∂L/∂(aW)‖</dt>
              <dd>{at === undefined ? '…' : (at.a * at.gradientNorm).toPrecision(4)}</dd>
            </div>
          </dl>
          <Chart
            label={
              at === undefined
                ? 'Loss and gradient for factors a'
                : `For a = ${at.a.toPrecision(3)} the loss is ${at.loss.toPrecision(4)} and the gradient ${at.gradientNorm.toPrecision(3)}`
            }
            draw={draw}
            caption="Measured dots beside the lines 1 and 1/a. Where a is small, ε = 10⁻⁵ beside the variance is felt."
          />
        </>
      )}
    </Panel>
  );
}

function waiting(): Element {
  return note('Computing …');
}
