import { basename, dirname, join } from 'node:path';
import { openBackend } from '@normlab/backends';
import { exportGraphModel, exportOnnx, type ImageInput, type TrainedNetwork } from '@normlab/export';
import { type NamedFile, withCleanUp, withFileErrors, writeWhole } from '@normlab/files';
import { foldNorms } from '@normlab/models';
import { disposeState, encodeSafetensors, type SafetensorsEntry } from '@normlab/train';
import { dispose } from '@tensorflow/tfjs-core';
import { showLoading } from '../listeners/showLoading.js';
import { readNetwork } from '../runFolder/readNetwork.js';
import { readStatistics } from '../runFolder/readStatistics.js';
import { readRunConfig } from '../runFolder/runConfig.js';
import { commandLineOf } from '../settings/checkOptions.js';
import { optionsOf } from '../settings/commands.js';
import { dropMeaningless } from '../settings/dependentOptions.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { openTerminal } from '../terminal/terminal.js';

const where = 'normlab export';

/** `normlab export RUN`: a run's network for other programs. @returns the exit status */
export async function exportRun(run: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const given = readOptions('export', flags);
  const { format = 'onnx', out, fold = false, pixels = false, best, data } = given;
  const config = await readRunConfig(run);
  const all = { ...config.settings, ...given };
  dropMeaningless(optionsOf('export'), all, given, commandLineOf('export'));
  const { shape, classes } = config.dataset;
  const listener = showLoading(terminal);
  const images = pixels
    ? { shape, normalize: (await readStatistics(where, config, { data, listener })) ?? ('image' as const) }
    : undefined;
  // Every run can be exported here, whatever it was trained on.
  const backend = await openBackend('cpu');
  const work = async () => {
    const { state } = await readNetwork(where, run, config, { best });
    const network = { spec: config.spec, params: state.params, stats: state.stats };
    const written = fold ? foldNorms(network.spec, network.params, network.stats) : network;
    const options = { classes, ...(images !== undefined && { images }) };
    const { folder, files } = await filesOf(format, out ?? defaultOut(run, format), written, options);
    await withFileErrors(where, () => writeWhole(folder, files, { survives: 'kill' }));
    if (fold) dispose(written.params);
    const { step } = state;
    disposeState(state);
    const paths = files.map(({ name }) => join(folder, name));
    if (terminal.json) terminal.result(JSON.stringify({ run, step, format, fold, pixels, files: paths }));
    else for (const path of paths) terminal.result(path);
    return exitStatus.done;
  };
  return withCleanUp(work, () => backend.close());
}

type Format = 'onnx' | 'tfjs' | 'safetensors';

function defaultOut(run: string, format: Format): string {
  return join(run, format === 'tfjs' ? 'tfjs' : `network.${format}`);
}

async function filesOf(
  format: Format,
  out: string,
  network: TrainedNetwork,
  options: { readonly classes: readonly string[]; readonly images?: ImageInput },
): Promise<{ readonly folder: string; readonly files: readonly NamedFile[] }> {
  if (format === 'tfjs') {
    const { model, weights } = await exportGraphModel(network, options);
    return {
      folder: out,
      // The weights first: a program that finds model.json finds them too.
      files: [
        { name: 'weights.bin', content: [weights] },
        { name: 'model.json', content: JSON.stringify(model) },
      ],
    };
  }
  const bytes =
    format === 'onnx' ? await exportOnnx(network, options) : await safetensorsOf(network, options);
  return { folder: dirname(out), files: [{ name: basename(out), content: [bytes] }] };
}

/** Variables by path, kernels [height, width, in, out]; the metadata says what network they belong to, as JSON. */
async function safetensorsOf(
  { spec, params, stats }: TrainedNetwork,
  options: { readonly classes: readonly string[]; readonly images?: ImageInput },
): Promise<Uint8Array> {
  const entries: Record<string, SafetensorsEntry> = {};
  for (const [path, tensor] of [...Object.entries(params), ...Object.entries(stats)]) {
    entries[path] = { dtype: 'F32', shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  }
  const { classes, images } = options;
  const metadata = {
    format: 'normlab-network-1',
    spec: JSON.stringify(spec),
    classes: JSON.stringify(classes),
    ...(images !== undefined && { images: JSON.stringify(images) }),
  };
  return encodeSafetensors({ entries, metadata });
}
