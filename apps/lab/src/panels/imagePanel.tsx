import type { Remote } from 'comlink';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { bars } from '../charts/plots.js';
import { latest } from '../latest.js';
import type { Guess } from '../worker/classify.js';
import type { Lab, Opened } from '../worker/lab.js';
import { FileInput } from './fileInput.js';
import { Panel } from './panel.js';

/** The size of the images that the networks of this page were made for. */
const side = 32;
/** What browsers turn into pixels. */
const formats = 'image/png,image/jpeg,image/webp,image/avif,image/gif,image/bmp';

type Props = {
  readonly lab: Remote<Lab>;
  readonly opened: Opened | undefined;
  /** The steps done when the network last stood still: after others it has another answer. */
  readonly step: number;
};

/** An image of one's own, classified by the network as it is. */
export function ImagePanel({ lab, opened, step }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [guesses, setGuesses] = useState<readonly Guess[]>([]);
  const [failure, setFailure] = useState<string>();
  const [beginImage] = useState(latest);
  const [beginGuess] = useState(latest);
  // A layout effect comes before an image can be chosen for the new network.
  useLayoutEffect(() => {
    // An answer that comes now is that of the network before.
    beginGuess();
    setGuesses([]);
  }, [opened, step]);
  const draw = useMemo(() => bars(guesses.slice(0, 5)), [guesses]);
  const take = async ([file]: readonly File[]) => {
    if (file === undefined) return;
    const isNewest = beginImage();
    setFailure(undefined);
    setGuesses([]);
    try {
      const image = await createImageBitmap(file).catch((cause: unknown) => {
        throw new Error(`${file.name} is no image that this browser can read.`, { cause });
      });
      if (!isNewest()) {
        image.close();
        return;
      }
      const context = canvas.current!.getContext('2d', { willReadFrequently: true })!;
      // The square in the middle, as the networks see squares only.
      const size = Math.min(image.width, image.height);
      const [left, top] = [(image.width - size) / 2, (image.height - size) / 2];
      context.imageSmoothingQuality = 'high';
      context.fillStyle = 'white';
      context.fillRect(0, 0, side, side);
      context.drawImage(image, left, top, size, size, 0, 0, side, side);
      image.close();
      const { data } = context.getImageData(0, 0, side, side);
      const isOfNetwork = beginGuess();
      const guesses = await lab.classify({ data, width: side, height: side });
      if (isNewest() && isOfNetwork()) setGuesses(guesses);
    } catch (error) {
      if (isNewest()) setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Panel title="An image of your own">
      <p>
        The network knows ten figures{opened !== undefined && `: ${opened.classes.join(', ')}`}. Draw one, and
        see what it says.
      </p>
      <FileInput label="Choose an image, or drop one here" accept={formats} onFiles={take} />
      {failure !== undefined && (
        <p role="alert" class="failure">
          {failure}
        </p>
      )}
      <div class="image">
        <canvas
          ref={canvas}
          width={side}
          height={side}
          role="img"
          aria-label="The image as the network gets it"
        />
        {guesses.length > 0 && (
          <p role="status" id="guess">
            {guesses[0]!.name}, {(100 * guesses[0]!.probability).toFixed(0)} %
          </p>
        )}
      </div>
      {guesses.length > 0 && (
        <Chart
          label={`Probabilities: ${guesses
            .slice(0, 5)
            .map(({ name, probability }) => `${name} ${probability.toFixed(2)}`)
            .join(', ')}`}
          draw={draw}
          caption="The five likeliest classes."
        />
      )}
    </Panel>
  );
}
