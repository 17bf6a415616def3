import { type OpenBackend, openBackend } from '@normlab/backends';
import {
  type Batch,
  batches,
  evaluationBatches,
  type Pipeline,
  type SplitDataset,
  stepsPerEpoch,
} from '@normlab/datasets';
import { DataError, NormlabError } from '@normlab/errors';
import { runSuite, type SuiteReport } from '@normlab/laws/suite';
import { buildModel, type Model, parseSpec } from '@normlab/models';
import {
  cloneState,
  decodeCheckpoint,
  disposeState,
  encodeCheckpoint,
  evaluate,
  fit,
  initState,
  type TrainState,
} from '@normlab/train';
import type { RunSettings } from '../runSettings.js';
import { builtInImages, firstImages, trainCount } from './builtInImages.js';
import { classify, type Guess, type Pixels } from './classify.js';
import { invariantKernels } from './invariantKernels.js';
import { type Measured, measure } from './measure.js';
import { optimizerOf, pipelineName, pipelineOf, scheduleOf, sideOf, specOf } from './network.js';
import { configText, isOn, type Length, type RunFiles, readConfig } from './runFiles.js';
import { type ScaledKernel, scaleKernel } from './scaleKernel.js';

/** The network that the page shows. */
export type Opened = {
  /** `wasm: 1 thread, SIMD, relaxed kernels` */
  readonly backend: string;
  readonly name: string;
  readonly parameters: number;
  /** Paths of the kernels before norms. */
  readonly kernels: readonly string[];
  readonly classes: readonly string[];
  readonly length: Length;
  /** Whether it can be trained on, and saved: not if it was opened from files. */
  readonly isOwn: boolean;
  /** Its variables, and the steps that it has done. */
  readonly measured: Measured;
};

export type LabEvent =
  | {
      /** A batch, or all test images. */
      readonly type: 'step' | 'evaluation';
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly images: number;
    }
  | { readonly type: 'measured'; readonly measured: Measured; readonly learningRate: number };

/** A function of the page; its promise resolves when the page has called it. */
type Listener<Event> = (event: Event) => void | Promise<void>;

/** Steps from one measurement of the parameters to the next. */
const measureEvery = 5;
/** Images of the batch on which the invariances are shown. */
const shownImages = 32;
const evaluationSize = 200;

type Session = {
  readonly settings: RunSettings;
  readonly model: Model;
  /** The page's own copy of the last state; it disposes it. */
  state: TrainState;
  /** A copy of the state in which the network stood still last, as it does before and after a training. */
  still: TrainState;
  readonly length: Length;
  /** Its images; those of a run of `normlab train` may be fewer. */
  readonly data: () => SplitDataset;
  readonly pipeline: () => Pipeline;
  readonly classes: readonly string[];
  readonly kernels: readonly string[];
  readonly isOwn: boolean;
};

/** What the worker does for the page: one backend, one network. Calls that need both wait for the one before. */
export class Lab {
  #backend: OpenBackend | undefined;
  #session: Session | undefined;
  #stop = new AbortController();
  /** The training or the check of laws that runs, or ran last. */
  #running: Promise<void> = Promise.resolve();

  /** Opens the backend, and makes the network of a run at step 0. */
  async open(settings: RunSettings): Promise<Opened> {
    const spec = specOf(settings);
    const backend = await this.#use(settings.backend);
    const model = buildModel(spec);
    const perEpoch = stepsPerEpoch(trainCount, settings.batch);
    const length = { steps: perEpoch * settings.epochs, stepsPerEpoch: perEpoch };
    const state = initState(model, optimizerOf(settings, length.steps), settings.seed);
    const { classes } = firstImages(1).train;
    return this.#show(backend, {
      settings,
      model,
      state,
      length,
      data: builtInImages,
      pipeline: () => pipelineOf(pipelineName(settings.model), () => builtInImages().train),
      classes,
      kernels: invariantKernels(spec),
      isOwn: true,
    });
  }

  /**
   * Trains the opened network to its end, or until {@link stop}; a stopped run is continued.
   *
   * @throws TrainError if a step fails, such as one that diverges; the network is then that of the last measurement
   */
  train(onEvent: Listener<LabEvent>): Promise<void> {
    return this.#run((signal) => this.#train(onEvent, signal));
  }

  async #train(onEvent: Listener<LabEvent>, signal: AbortSignal): Promise<void> {
    const session = this.#opened();
    const { model, settings, length, kernels } = session;
    const { seed, batch: size } = settings;
    const { train, test } = session.data();
    const pipeline = session.pipeline();
    const learningRate = scheduleOf(settings, length.steps);
    const events = fit({
      model,
      optimizer: optimizerOf(settings, length.steps),
      seed,
      ...length,
      state: session.state,
      batches: (epoch, from) => batches(train, { size, seed, epoch, from, augment: pipeline.train }),
      evaluation: () => evaluationBatches(test, { size: evaluationSize, prepare: pipeline.evaluate }),
      checkpointEvery: measureEvery,
      signal,
    });
    let told: unknown;
    try {
      for await (const event of events) {
        if (event.type === 'step' || event.type === 'evaluation') {
          const { type, step, loss, accuracy, images } = event;
          told = onEvent({ type, step, loss, accuracy, images });
        } else if (event.type === 'checkpoint') {
          this.#replace(session, 'state', event.state);
          const { params, step } = session.state;
          const measured = await measure(model, params, kernels, step);
          told = onEvent({ type: 'measured', measured, learningRate: learningRate(Math.max(0, step - 1)) });
        }
      }
    } finally {
      this.#replace(session, 'still', session.state);
    }
    // Events take another way to the page than the end of this call.
    await told;
  }

  /** Ends {@link train} after the step that runs, or {@link laws} after the law that runs. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * Loss and gradient of the network with one kernel multiplied by a. While the network trains, they are those before the
   * training, so that the answers for several factors can be compared.
   */
  async scale(path: string, a: number): Promise<ScaledKernel> {
    const { model, still } = this.#opened();
    // The end of a training replaces this state, and another network disposes it.
    const held = cloneState(still);
    try {
      return await scaleKernel(model, held, await this.#shownBatch(), path, a);
    } finally {
      disposeState(held);
    }
  }

  /** Loss and accuracy on the run's test images. */
  async evaluate(): Promise<{ readonly loss: number; readonly accuracy: number; readonly images: number }> {
    const { model, state, data, pipeline } = this.#opened();
    const { test } = data();
    const { params, stats } = state;
    const { loss, accuracy, images } = await evaluate({
      model,
      params,
      stats,
      batches: evaluationBatches(test, { size: evaluationSize, prepare: pipeline().evaluate }),
    });
    return { loss, accuracy, images };
  }

  /** Checks the absolute checks and laws on the open backend, until {@link stop}. */
  laws(runs: number, onReport: Listener<SuiteReport>): Promise<void> {
    return this.#run(async (signal) => {
      this.#opened();
      for await (const report of runSuite({ runs, seed: 1, now: () => performance.now() })) {
        await onReport(report);
        if (signal.aborted) return;
      }
    });
  }

  /** The classes of an image that has the size of the built-in ones. */
  classify(pixels: Pixels): Promise<Guess[]> {
    const { model, state, pipeline, classes } = this.#opened();
    return classify(model, state, pipeline(), classes, pixels);
  }

  /** The files of the run, for `normlab eval` and for {@link load}. */
  async save(): Promise<RunFiles> {
    const { settings, model, state, length, data, isOwn } = this.#opened();
    if (!isOwn) {
      const rule = 'be trained in this page to be saved';
      throw new DataError({ where: 'save', what: 'the network', rule, got: 'one that was opened' });
    }
    // A training replaces the state, and another network the backend too.
    const backend = this.#backend!;
    const held = cloneState(state);
    try {
      return {
        checkpoint: await encodeCheckpoint(held, { seed: settings.seed, spec: model.spec }),
        config: await configText(settings, model.spec, length, backend, data()),
      };
    } finally {
      disposeState(held);
    }
  }

  /**
   * Opens the files of a run of `normlab train`, or of this page.
   *
   * @throws DataError for files that are damaged, or of a run on other images than the built-in ones
   */
  async load({ checkpoint, config: text }: RunFiles, settings: RunSettings): Promise<Opened> {
    await this.#end();
    const config = readConfig(text);
    const { dataset, pipeline, trainImages, testImages } = config.settings;
    if (dataset !== 'built-in' || pipeline === 'plain') {
      const rule = 'be of a run on the built-in images, with the network’s usual pipeline';
      throw new DataError({ where: 'open', what: 'config.json', rule, got: `${dataset}, ${pipeline}` });
    }
    const data = builtInImages(trainImages, testImages);
    if (!(await isOn(config, data))) {
      const rule = 'be of a run on the images that this version draws';
      throw new DataError({ where: 'open', what: 'config.json', rule, got: config.dataset.sha256 });
    }
    const model = buildModel(parseSpec(config.spec));
    const side = sideOf(pipeline);
    if (model.spec.input.join() !== [side, side, 3].join()) {
      const rule = `have a network whose input is [${side}, ${side}, 3], as the pipeline ${pipeline} gives it`;
      throw new DataError({ where: 'open', what: 'config.json', rule, got: model.spec.input });
    }
    const backend = await this.#use(settings.backend);
    const { state, meta } = await decodeCheckpoint(checkpoint, { model });
    return this.#show(backend, {
      settings: { ...settings, seed: meta.seed },
      model,
      state,
      length: { steps: Math.max(1, state.step), stepsPerEpoch: 1 },
      data: () => data,
      pipeline: () => pipelineOf(pipeline, () => data.train),
      classes: config.dataset.classes,
      kernels: invariantKernels(meta.spec),
      isOwn: false,
    });
  }

  /** Steps that the network has done. */
  step(): number {
    return this.#opened().state.step;
  }

  /** Runs what can be stopped, after what ran before has ended. */
  #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const before = this.#end();
    this.#running = before.then(() => {
      this.#stop = new AbortController();
      return work(this.#stop.signal);
    });
    return this.#running;
  }

  /** Stops what runs, and waits for its end. */
  async #end(): Promise<void> {
    this.#stop.abort();
    await this.#running.catch(() => {});
  }

  /** Opens a backend, unless it is open. The network of another backend is gone then, else it stays. */
  async #use(name: RunSettings['backend']): Promise<OpenBackend> {
    await this.#end();
    if (this.#backend?.name === name) return this.#backend;
    this.#forget();
    await this.#backend?.close();
    this.#backend = undefined;
    this.#backend = await openBackend(name);
    return this.#backend;
  }

  #forget(): void {
    if (this.#session !== undefined) {
      disposeState(this.#session.state);
      disposeState(this.#session.still);
    }
    this.#session = undefined;
  }

  /** Opens a network in place of the one before, which stays open if the new one cannot be measured. */
  async #show(backend: OpenBackend, session: Omit<Session, 'still'>): Promise<Opened> {
    const { model, state, kernels, classes, length, isOwn } = session;
    let measured: Measured;
    try {
      measured = await measure(model, state.params, kernels, state.step);
    } catch (error) {
      disposeState(state);
      throw error;
    }
    this.#forget();
    this.#session = { ...session, still: cloneState(state) };
    return {
      backend: backend.description,
      name: model.spec.name,
      parameters: Object.values(state.params).reduce((sum, { size }) => sum + size, 0),
      kernels,
      classes,
      length,
      isOwn,
      measured,
    };
  }

  #opened(): Session {
    if (this.#session !== undefined) return this.#session;
    throw new NormlabError({ where: 'lab', what: 'a network', rule: 'be open', got: 'none' });
  }

  #replace(session: Session, which: 'state' | 'still', state: TrainState): void {
    disposeState(session[which]);
    session[which] = cloneState(state);
  }

  /** A batch of the first training images, without augmentation. */
  async #shownBatch(): Promise<Batch> {
    const { evaluate: prepare } = this.#opened().pipeline();
    for await (const batch of evaluationBatches(firstImages(shownImages).train, {
      size: shownImages,
      prepare,
    })) {
      return batch;
    }
    throw new NormlabError({ where: 'lab', what: 'the images', rule: 'fill a batch' });
  }
}
