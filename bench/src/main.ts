import { availableParallelism } from 'node:os';
import { NormlabError } from '@normlab/errors';
import type { Benchmark, Context } from './benchmarks/benchmark.js';
import { constantNorm } from './benchmarks/constantNorm.js';
import { convolutions } from './benchmarks/convolutions.js';
import { inference } from './benchmarks/inference.js';
import { layersStep } from './benchmarks/layersStep.js';
import { measureLimits } from './benchmarks/limits.js';
import { pageStep } from './benchmarks/pageStep.js';
import { scaling } from './benchmarks/scaling.js';
import { standardizing } from './benchmarks/standardizing.js';
import { startUp } from './benchmarks/startUp.js';
import { trainingStep } from './benchmarks/trainingStep.js';
import { webgpuStep } from './benchmarks/webgpuStep.js';
import { describeMachine } from './machine.js';
import { type BenchmarkName, type Options, parseOptions, usage } from './options.js';
import { findPython, openPeers } from './peers/openPeers.js';
import { openWebgpuPeers } from './peers/openWebgpuPeers.js';
import { type Peer, PeerEnded } from './peers/peerProcess.js';
import { markdownReport, terminalReport, writeIntoDoc } from './report.js';
import type { Section } from './row.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else await run(options);
} catch (error) {
  const isUsage = error instanceof NormlabError || (error instanceof TypeError && 'code' in error);
  const isPlain = isUsage || error instanceof PeerEnded;
  process.stderr.write(`${error instanceof Error && !isPlain ? error.stack : String(error)}\n`);
  // Peers that are still open would keep the process alive; they end with it.
  process.exit(isUsage ? 2 : 1);
}

async function run(options: Options): Promise<void> {
  const { backend, json, doc } = options;
  const facts = describeMachine(new Date());
  const python = await findPython(
    'torch',
    options.python === undefined ? ['python3', 'python'] : [options.python],
  );
  say(python === undefined ? 'PyTorch: skipped, no Python with torch was found (--python PATH)' : undefined);
  const measure = backend === 'webgpu' ? measureOnWebgpu : measureOnWasm;
  const sections: Section[] = [];
  for await (const { peers, measured } of measure(options, python)) {
    sections.push(...measured);
    // Results so far are kept if the run is interrupted.
    const allFacts = [...facts, `peers: ${peers.map(({ description }) => description).join('; ')}`];
    if (doc !== undefined) await writeIntoDoc(doc, backend, markdownReport(allFacts, sections));
  }
  if (json) {
    const rows = sections.flatMap((each) => each.rows);
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } else process.stdout.write(`${terminalReport(sections)}\n`);
}

/** Yields sections as they are measured, and the peers. */
type Measuring = AsyncGenerator<{ readonly peers: readonly Peer[]; readonly measured: readonly Section[] }>;

async function* measureOnWasm(options: Options, python: string | undefined): Measuring {
  const { runs, seconds, only, build } = options;
  const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];
  const peers = await openPeers(threadCounts, python, build);
  const described = peers.all.filter(({ name }) => name !== 'machine');
  try {
    for (const { description } of described) say(description);
    const context: Context = { peers, python, threadCounts, runs, seconds };
    const { limits, rows } = await measureLimits(context);
    yield { peers: described, measured: [{ title: 'What the machine can do', rows }] };
    const benchmarks: Record<BenchmarkName, Benchmark> = {
      step: trainingStep(options),
      inference: inference(options),
      standardize: standardizing(limits),
      start: startUp,
      scaling,
      conv: convolutions(limits),
      layers: layersStep,
      page: pageStep,
      cbn: constantNorm(options.stepTimes),
    };
    for (const name of only) {
      say(`${name} …`);
      yield { peers: described, measured: await benchmarks[name](context) };
    }
  } finally {
    for (const peer of peers.all) await peer.close();
  }
}

async function* measureOnWebgpu(options: Options, python: string | undefined): Measuring {
  const peers = await openWebgpuPeers(options.adapter, python);
  try {
    for (const { description } of peers.all) say(description);
    if ('missing' in peers.pytorch) say(`PyTorch on a GPU: ${peers.pytorch.missing}`);
    say('step …');
    yield { peers: peers.all, measured: await webgpuStep(peers, options) };
  } finally {
    for (const peer of peers.all) await peer.close();
  }
}

/** Progress is for people: it never goes to stdout, which holds the result. */
function say(text: string | undefined): void {
  if (text !== undefined) process.stderr.write(`${text}\n`);
}
