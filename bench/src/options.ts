import { parseArgs } from 'node:util';
import type { OpenBackendOptions } from '@normlab/backends';
import { nameHint, OptionError } from '@normlab/errors';

export const benchmarkNames = [
  'step',
  'inference',
  'standardize',
  'start',
  'scaling',
  'conv',
  'layers',
  'page',
  'cbn',
] as const;
export type BenchmarkName = (typeof benchmarkNames)[number];

/** The benchmarks for a GPU. */
const webgpuBenchmarks: readonly BenchmarkName[] = ['step'];

/** The backend of the comparison. */
export const backendNames = ['wasm', 'webgpu'] as const;
export type BackendChoice = (typeof backendNames)[number];

export type BuildChoice = NonNullable<OpenBackendOptions['build']>;
const buildNames: readonly BuildChoice[] = ['auto', 'plain', 'relaxed', 'wide'];

export type Options = {
  readonly backend: BackendChoice;
  /** Adapter for webgpu, as `openBackend` takes it. */
  readonly adapter: string | undefined;
  /** Build of our kernels on wasm, in this Node. */
  readonly build: BuildChoice;
  readonly json: boolean;
  readonly help: boolean;
  /** Counted runs of each case. */
  readonly runs: number;
  /** The length of a run, in seconds. */
  readonly seconds: number;
  readonly only: readonly BenchmarkName[];
  readonly python: string | undefined;
  /** A Python with onnxruntime. */
  readonly onnxruntime: string | undefined;
  /** A folder in whose `node_modules` onnxruntime-web is. */
  readonly onnxruntimeWeb: string | undefined;
  /** A folder in whose `node_modules` tfjs-node-gpu is, set up. */
  readonly tensorflow: string | undefined;
  /** A folder in whose `node_modules` jax-js is. */
  readonly jaxJs: string | undefined;
  /** Other versions of Node. */
  readonly nodes: readonly string[];
  /** A folder that gets the times of all rounds of `cbn`. */
  readonly stepTimes: string | undefined;
  /** A Markdown file; the part between two marks is replaced by the results. */
  readonly doc: string | undefined;
};

/** Options that only one benchmark on wasm reads. */
const benchmarkOfOption = {
  'step-times': 'cbn',
  onnxruntime: 'inference',
  'onnxruntime-web': 'inference',
  tensorflow: 'step',
  'jax-js': 'step',
  node: 'step',
} as const satisfies Record<string, BenchmarkName>;

export const usage = `npm run bench -- [options]

  --json          one JSON array on stdout: name, ours, peer, peerName, unit, ratio, n
  --runs N        runs of each case, of which medians are taken (7)
  --seconds S     about how long one run repeats its work (0.05)
  --backend NAME  ${backendNames.join(' or ')}: the CPU, or a GPU compared with tfjs's kernels and PyTorch on it (wasm)
  --adapter NAME  webgpu: part of the name of a GPU, or software (the fastest GPU)
  --build NAME    wasm: the build of our kernels in this Node, ${buildNames.join(', ')} (auto)
  --only NAMES    of ${benchmarkNames.join(', ')}; several with commas; webgpu has step alone; page, the
                  step in a web page beside Node, and cbn, batch norm beside constant batch norm in the paper's
                  networks, run when they are asked for
  --step-times DIR  cbn: writes step-times.json, which normlab report reads, into the folder
  --python PATH   a Python with torch (python3 where it has it)
  --onnxruntime PATH  inference: a Python with onnxruntime (that of --python where it has it)
  --onnxruntime-web DIR  inference: a folder in whose node_modules onnxruntime-web is
  --tensorflow DIR  step: a folder in whose node_modules @tensorflow/tfjs-node-gpu is, after normlab setup tensorflow
  --jax-js DIR    step with one image: a folder in whose node_modules @jax-js/jax is
  --node PATHS    step: other versions of Node, several with commas, which run our step too
  --doc FILE      writes the tables into a Markdown file, between its two marks
`;

/** @throws OptionError for an unknown option, name or number */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      runs: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '0.05' },
      backend: { type: 'string', default: 'wasm' },
      adapter: { type: 'string' },
      build: { type: 'string' },
      only: { type: 'string' },
      python: { type: 'string' },
      onnxruntime: { type: 'string' },
      'onnxruntime-web': { type: 'string' },
      tensorflow: { type: 'string' },
      'jax-js': { type: 'string' },
      node: { type: 'string' },
      doc: { type: 'string' },
      'step-times': { type: 'string' },
    },
  });
  const backend = oneOf('--backend', values.backend, backendNames);
  if (values.adapter !== undefined && backend !== 'webgpu') {
    const rule = 'be left out without --backend webgpu';
    throw new OptionError({ where: 'bench', what: '--adapter', rule, got: values.adapter });
  }
  if (values.build !== undefined && backend !== 'wasm') {
    const rule = 'go with --backend wasm';
    throw new OptionError({ where: 'bench', what: '--build', rule, got: values.build });
  }
  const names = backend === 'webgpu' ? webgpuBenchmarks : benchmarkNames;
  const usual = names.filter((name) => name !== 'page' && name !== 'cbn');
  const only = values.only?.split(',').map((name) => oneOf('--only', name, names)) ?? usual;
  for (const [option, name] of Object.entries(benchmarkOfOption)) {
    const got = values[option as keyof typeof benchmarkOfOption];
    if (got === undefined || (backend === 'wasm' && only.includes(name))) continue;
    throw new OptionError({ where: 'bench', what: `--${option}`, rule: `go with --only ${name}`, got });
  }
  return {
    backend,
    adapter: values.adapter,
    build: oneOf('--build', values.build ?? 'auto', buildNames),
    json: values.json,
    help: values.help,
    runs: positive('--runs', values.runs, Number.isInteger),
    seconds: positive('--seconds', values.seconds, Number.isFinite),
    only,
    python: values.python,
    onnxruntime: values.onnxruntime,
    onnxruntimeWeb: values['onnxruntime-web'],
    tensorflow: values.tensorflow,
    jaxJs: values['jax-js'],
    nodes: values.node?.split(',') ?? [],
    doc: values.doc,
    stepTimes: values['step-times'],
  };
}

function positive(what: string, text: string, isFit: (value: unknown) => boolean): number {
  const value = Number(text);
  if (isFit(value) && value > 0) return value;
  throw new OptionError({ where: 'bench', what, rule: 'be a positive number', got: text });
}

function oneOf<T extends string>(what: string, name: string, names: readonly T[]): T {
  const known = names.find((each) => each === name);
  if (known !== undefined) return known;
  const rule = `be one of ${names.join(', ')}`;
  throw new OptionError({ where: 'bench', what, rule, got: name, hint: nameHint(name, names) });
}
