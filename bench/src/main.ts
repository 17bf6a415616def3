import { availableParallelism } from 'node:os';
import { NormlabError } from '@normlab/errors';
import type { Benchmark, Context } from './benchmarks/benchmark.js';
import { convolutions } from './benchmarks/convolutions.js';
import { measureLimits } from './benchmarks/limits.js';
import { scaling } from './benchmarks/scaling.js';
import { standardizing } from './benchmarks/standardizing.js';
import { startUp } from './benchmarks/startUp.js';
import { trainingStep } from './benchmarks/trainingStep.js';
import { describeMachine } from './machine.js';
import { type BenchmarkName, type Options, parseOptions, usage } from './options.js';
import { findTorch, openPeers } from './peers/openPeers.js';
import { markdownReport, terminalReport, writeIntoDoc } from './report.js';
import type { Section } from './row.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else await run(options);
} catch (error) {
  const isUsage = error instanceof NormlabError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error && !isUsage ? error.stack : String(error)}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run({ json, runs, seconds, only, python: wanted, doc }: Options): Promise<void> {
  const facts = describeMachine(new Date());
  const python = await findTorch(wanted === undefined ? ['python3', 'python'] : [wanted]);
  const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];
  say(python === undefined ? 'PyTorch: skipped, no Python with torch was found (--python PATH)' : undefined);
  const peers = await openPeers(threadCounts, python);
  try {
    for (const { description } of peers.all.filter(({ name }) => name !== 'machine')) say(description);
    const context: Context = { peers, python, threadCounts, runs, seconds };
    const { limits, rows } = await measureLimits(context);
    const benchmarks: Record<BenchmarkName, Benchmark> = {
      step: trainingStep,
      standardize: standardizing(limits),
      start: startUp,
      scaling,
      conv: convolutions(limits),
    };
    const described = peers.all.filter(({ name }) => name !== 'machine').map((peer) => peer.description);
    const allFacts = [...facts, `peers: ${described.join('; ')}`];
    const sections: Section[] = [{ title: 'What the machine can do', rows }];
    for (const name of only) {
      say(`${name} …`);
      sections.push(...(await benchmarks[name](context)));
      // What is there stays, should the run be interrupted.
      if (doc !== undefined) await writeIntoDoc(doc, markdownReport(allFacts, sections));
    }
    if (json)
      process.stdout.write(
        `${JSON.stringify(
          sections.flatMap((each) => each.rows),
          null,
          2,
        )}\n`,
      );
    else process.stdout.write(`${terminalReport(sections)}\n`);
  } finally {
    for (const peer of peers.all) await peer.close();
  }
}

/** Progress is for people: never on stdout, where the result goes. */
function say(text: string | undefined): void {
  if (text !== undefined) process.stderr.write(`${text}\n`);
}
