import { type GroupResult, seedsInWords } from '@normlab/experiments';
import type { ReportDocument, Section } from './document.js';
import { accuracyFigure } from './figures/accuracyDots.js';
import { curveFigure, curveKinds } from './figures/curves.js';
import { recordingFigures } from './figures/recordingFigures.js';
import type { ReportInput } from './reportDetails.js';
import { accuracySection } from './sections/accuracy.js';
import { againSection } from './sections/again.js';
import { parameterSection } from './sections/parameters.js';
import { runSection } from './sections/runs.js';
import { timeSection } from './sections/stepTimes.js';
import { verdictSection } from './sections/verdicts.js';

/**
 * A report's content: verdicts, tables beside the paper's, figures, step times, and how to run the experiment again.
 *
 * Pure: the same analysis and logs give the same document.
 */
export function reportDocument(input: ReportInput): ReportDocument {
  const { experiment, groups, notes } = input.analysis;
  const runs = groups.flatMap(({ arms }) => arms.flatMap(({ seeds }) => seeds));
  const done = runs.filter(({ state }) => state === 'done').length;
  const sections: (Section | undefined)[] = [
    verdictSection(input),
    notes.length === 0
      ? undefined
      : { id: 'notes', heading: 'Read this first', blocks: [{ kind: 'list', items: notes }] },
    accuracySection(input),
    figureSection(input, groups),
    recordingSection(input),
    timeSection(input),
    parameterSection(input),
    runSection(input),
    againSection(input),
  ];
  return {
    title: experiment.title,
    summary: `${done} of ${runs.length} runs are done: ${groups.flatMap(({ arms }) => arms).length} arms, ${seedsInWords(experiment.seeds)}, reference ${Object.values(experiment.reference).join(' ')}.`,
    sections: withOwnIds(sections.filter((section) => section !== undefined)),
  };
}

function figureSection(input: ReportInput, groups: readonly GroupResult[]): Section | undefined {
  const blocks = groups.flatMap((group) => [
    ...(accuracyFigure(group) === undefined ? [] : [accuracyFigure(group)!]),
    ...curveKinds.flatMap((kind) => curveFigure(input, group, kind) ?? []),
  ]);
  return blocks.length === 0 ? undefined : { id: 'figures', heading: 'Figures', blocks };
}

/** Recordings of the first run of each arm that has any, as an example; the verdicts use the recordings of all runs. */
function recordingSection({ analysis, recordings }: ReportInput): Section | undefined {
  const blocks = analysis.groups.flatMap(({ arms }) =>
    arms.flatMap(({ seeds }) => {
      const first = seeds.find(({ run }) => (recordings?.get(run)?.length ?? 0) > 0);
      return first === undefined
        ? []
        : recordingFigures({ run: first.run, lines: recordings!.get(first.run)! });
    }),
  );
  return blocks.length === 0 ? undefined : { id: 'recordings', heading: 'Recordings', blocks };
}

/** The ids of figures have only letters, digits and hyphens of a name, so different names may give one: later ones count. */
function withOwnIds(sections: readonly Section[]): Section[] {
  const taken = new Set<string>();
  const own = (id: string) => {
    let free = id;
    for (let count = 2; taken.has(free); count++) free = `${id}-${count}`;
    taken.add(free);
    return free;
  };
  return sections.map((section) => ({
    ...section,
    blocks: section.blocks.map((block) =>
      block.kind === 'figure' ? { ...block, id: own(block.id) } : block,
    ),
  }));
}
