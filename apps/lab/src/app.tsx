import type { SuiteReport } from '@normlab/laws/suite';
import { proxy } from 'comlink';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { History } from './history.js';
import { isDone } from './isDone.js';
import { startLab } from './labWorker.js';
import { FilesPanel } from './panels/filesPanel.js';
import { GainsPanel } from './panels/gainsPanel.js';
import { ImagePanel } from './panels/imagePanel.js';
import { LawsPanel } from './panels/lawsPanel.js';
import { ScalePanel } from './panels/scalePanel.js';
import { SettingsForm } from './panels/settingsForm.js';
import { type Progress, percent, TrainingPanel } from './panels/trainingPanel.js';
import { type WeightHistory, WeightsPanel } from './panels/weightsPanel.js';
import { defaultSettings, type RunSettings } from './runSettings.js';
import { type Task, taskQueue } from './taskQueue.js';
import type { LabEvent, Opened } from './worker/lab.js';
import type { Measured } from './worker/measure.js';

/** Samples per law. */
const lawRuns = 5;

/** The whole page. */
export function App() {
  const [failure, setFailure] = useState<string>();
  const fail = useCallback(
    (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)),
    [],
  );
  const [lab] = useState(() => startLab(setFailure));
  const [settings, setSettings] = useState<RunSettings>(defaultSettings);
  const [opened, setOpened] = useState<Opened>();
  const [doing, setDoing] = useState<Task | 'nothing'>('opening');
  const [status, setStatus] = useState('Opening the backend …');
  const history = useRef(new History());
  const [progress, setProgress] = useState<Progress>(() => history.current.progress());
  const [weights, setWeights] = useState<WeightHistory>(() => history.current.weights());
  const [measured, setMeasured] = useState<Measured>();
  const [stoodStillAt, setStoodStill] = useState(0);
  const [reports, setReports] = useState<readonly SuiteReport[]>([]);
  const form = useRef<HTMLFormElement>(null);

  const [add] = useState(() => taskQueue({ onDoing: setDoing, onError: fail }));
  /** As `opened`, for a task that waited while another network was opened. */
  const openNetwork = useRef<Opened>();

  /** Does a task when its turn comes, if it is possible then, and shows how it failed. */
  const attempt = (task: Task, work: () => Promise<void>, isPossible = () => true) =>
    add(task, async () => {
      // What waited for a network that could not be opened does not hide why.
      if (!isPossible()) return;
      setFailure(undefined);
      await work();
    });

  const show = (network: Opened) => {
    openNetwork.current = network;
    history.current = new History(network.measured);
    setProgress(history.current.progress());
    setWeights(history.current.weights());
    setMeasured(network.measured);
    setStoodStill(network.measured.step);
    setOpened(network);
  };

  const open = (wanted: RunSettings) =>
    attempt('opening', async () => {
      setStatus('Opening …');
      openNetwork.current = undefined;
      setOpened(undefined);
      setMeasured(undefined);
      setReports([]);
      try {
        show(await lab.open(wanted));
      } catch (error) {
        setStatus('No network is open: choose another backend or network, or begin anew.');
        throw error;
      }
      setStatus('Ready to train.');
    });

  useEffect(() => {
    open(settings);
  }, []);

  const train = () => {
    if (!form.current!.reportValidity()) return;
    const work = async () => {
      setStatus('Drawing the images …');
      const shown = history.current;
      const refresh = () => {
        setProgress(shown.progress());
        setWeights(shown.weights());
        setMeasured(shown.measured);
      };
      let due = 0;
      shown.pause();
      const take = (event: LabEvent) => {
        shown.take(event, performance.now());
        if (performance.now() < due) return;
        due = performance.now() + 250;
        setStatus('Training …');
        refresh();
      };
      try {
        await lab.train(proxy(take));
      } finally {
        const step = await lab.step();
        // A step that failed leaves the network at an earlier one.
        shown.cutTo(step);
        refresh();
        setStoodStill(step);
        const { test } = shown.progress();
        setStatus(
          test !== undefined && test.step === step
            ? `Trained: ${percent(test.accuracy)} of ${test.images} test images.`
            : `Stopped after ${step} ${step === 1 ? 'step' : 'steps'}.`,
        );
      }
    };
    attempt('training', work, () => openNetwork.current?.isOwn === true);
  };

  const isOwn = opened?.isOwn ?? true;
  const isTraining = doing === 'training';
  /** While a network opens, the controls stay: a click on Train waits for it. */
  const isFree = doing === 'nothing' || doing === 'opening';
  const isReady = doing === 'nothing' && opened !== undefined;
  const isAtEnd = opened !== undefined && isDone(progress, opened.length);
  const change = (wanted: RunSettings) => {
    const isUnfinished = isOwn && opened !== undefined && progress.step > 0 && !isAtEnd;
    const question = `This ends the run after ${progress.step} of ${opened?.length.steps} steps. Begin another?`;
    if (isUnfinished && !confirm(question)) {
      // Shows the settings of the run again.
      setSettings({ ...settings });
      return;
    }
    setSettings(wanted);
    open(wanted);
  };

  const checkLaws = () => {
    const work = async () => {
      setReports([]);
      await lab.laws(
        lawRuns,
        proxy((report: SuiteReport) => setReports((known) => [...known, report])),
      );
    };
    attempt('checking laws', work, () => openNetwork.current !== undefined);
  };

  const read = (files: readonly File[]) =>
    attempt('reading files', async () => {
      const config = files.find(({ name }) => name.endsWith('.json'));
      const checkpoint = files.find(({ name }) => name.endsWith('.safetensors'));
      if (config === undefined || checkpoint === undefined) {
        throw new Error('Choose both files of a run: config.json and checkpoint.safetensors.');
      }
      const content = {
        config: await config.text(),
        checkpoint: new Uint8Array(await checkpoint.arrayBuffer()),
      };
      show(await lab.load(content, settings));
      setReports([]);
      setStatus('Evaluating …');
      const test = await lab.evaluate();
      setProgress((known) => ({ ...known, test: { ...test, step: known.step } }));
      setStatus(
        `Opened: ${percent(test.accuracy)} of ${test.images} test images, loss ${test.loss.toFixed(4)}.`,
      );
    });

  return (
    <>
      <header>
        <h1>normlab: the lab</h1>
        <p>
          Train a network with batch norm or a relative of it, here in this page, and watch what normalization
          does to it. All is computed on this machine; nothing is sent anywhere.
        </p>
      </header>
      <main>
        <div class="side">
          <form ref={form} onSubmit={(event) => event.preventDefault()}>
            <SettingsForm settings={settings} disabled={!isFree} onChange={change} />
          </form>
          <div class="buttons">
            {isTraining ? (
              <button type="button" class="main" onClick={() => lab.stop()}>
                Stop
              </button>
            ) : (
              <button
                type="button"
                class="main"
                onClick={train}
                disabled={!(isReady || doing === 'opening') || !isOwn || isAtEnd}
              >
                {progress.step > 0 && isOwn && !isAtEnd ? 'Go on' : 'Train'}
              </button>
            )}
            <button type="button" onClick={() => open(settings)} disabled={!isFree}>
              Begin anew
            </button>
          </div>
          {failure !== undefined && (
            <p role="alert" class="failure">
              {failure}
            </p>
          )}
        </div>
        <TrainingPanel opened={opened} progress={progress} status={status} />
        <ScalePanel
          lab={lab}
          opened={opened}
          step={stoodStillAt}
          onFirstGradient={() =>
            performance.getEntriesByName('first-gradient').length || performance.mark('first-gradient')
          }
          onError={fail}
        />
        <WeightsPanel history={weights} opened={opened} />
        <GainsPanel measured={measured} />
        <ImagePanel lab={lab} opened={opened} step={stoodStillAt} />
        <FilesPanel
          lab={lab}
          opened={opened}
          step={stoodStillAt}
          canSave={isReady && isOwn}
          isBusy={!isFree}
          open={read}
          onError={fail}
        />
        <LawsPanel
          reports={reports}
          isRunning={doing === 'checking laws'}
          isDisabled={!isReady}
          onStart={checkLaws}
          onStop={() => lab.stop()}
        />
      </main>
    </>
  );
}
