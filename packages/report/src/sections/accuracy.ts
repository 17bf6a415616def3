import { type Comparison, type GroupResult, hasPapersLayers, paperAccuracy } from '@normlab/experiments';
import type { Block, Cell, Section, Table } from '../document.js';
import { intervalCell, numberCell, percent, points, pValue, shortened } from '../format.js';
import { groupTitle, logsOf, type ReportInput } from '../reportDetails.js';

/** Tables 2 and 3: each arm's accuracy beside the paper's, and its difference from the reference arm. */
export function accuracySection(input: ReportInput): Section {
  const { groups, comparisons, experiment } = input.analysis;
  const blocks: Block[] = groups.flatMap((group, index) => {
    const compared = comparisons
      .map((comparison, place) => ({ comparison, place }))
      .filter(({ comparison }) => comparison.group === group.name);
    return [
      accuracyTable(input, group, index),
      ...(compared.length === 0 ? [] : [differenceTable(group, compared, experiment.margin)]),
      ...(compared.some(({ comparison }) => comparison.convergence !== null)
        ? [convergenceTable(group, compared)]
        : []),
      ...(group.arms.some(({ lossFloor }) => lossFloor !== null) ? [lossTable(group, index)] : []),
    ];
  });
  return { id: 'accuracy', heading: 'Accuracy', blocks };
}

function accuracyTable(input: ReportInput, group: GroupResult, index: number): Table {
  return {
    kind: 'table',
    caption: `${groupTitle(group)}: test accuracy (Tables 2 and 3). The paper’s are single runs at full size`,
    header: ['arm', 'seeds', 'mean', 'sd, pp', '95 % interval', 'paper'],
    rows: group.arms.map(({ name, accuracy }, place) => {
      const path = `groups.${index}.arms.${place}.accuracy`;
      const paper = paperOf(input, group, name);
      return [
        { text: name },
        numberCell(accuracy?.n ?? 0, `${path}.n`, String),
        numberCell(accuracy?.mean, `${path}.mean`, (value) => percent(value)),
        numberCell(accuracy?.sd, `${path}.sd`, (value) => (100 * value).toFixed(2)),
        intervalCell(accuracy?.interval, (value) => percent(value)),
        paper === null ? { text: '–' } : { text: percent(paper, 1) },
      ].map(withoutEmptyPath);
    }),
  };
}

/** Drops the path of `n` where the summary is null: the path would lead nowhere. */
function withoutEmptyPath(cell: Cell): Cell {
  return cell.value === 0 && cell.path?.endsWith('.n') ? { text: '0' } : cell;
}

type Placed = { readonly comparison: Comparison; readonly place: number };

function differenceTable(group: GroupResult, compared: readonly Placed[], margin: number): Table {
  const least = compared.flatMap(({ comparison }) => comparison.signFlip?.least ?? []);
  const flips = least.length === 0 ? '' : `; smallest possible p of the exact test: ${Math.max(...least)}`;
  return {
    kind: 'table',
    caption: `${groupTitle(group)}: difference from ${group.reference}, percentage points, paired by seed; equivalence within ±${shortened(100 * margin)}${flips}`,
    header: [
      'arm',
      'pairs',
      'difference',
      '95 % interval',
      'p (t, Holm)',
      'p (exact sign flips)',
      'p (Welch)',
      'equivalence (before Holm)',
      'pairs that show equality, if the arms are equal',
    ],
    rows: compared.map(({ comparison, place }) => {
      const path = `comparisons.${place}`;
      const { arm, paired, adjusted, signFlip, equivalence, welch, pairsToDecide } = comparison;
      return [
        { text: arm },
        numberCell(paired.n, `${path}.paired.n`, String),
        numberCell(paired.mean, `${path}.paired.mean`, points),
        intervalCell(paired.interval, points),
        numberCell(adjusted, `${path}.adjusted`, pValue),
        numberCell(signFlip?.p, `${path}.signFlip.p`, pValue),
        numberCell(welch?.p, `${path}.welch.p`, pValue),
        { text: equivalence.verdict },
        numberCell(pairsToDecide, `${path}.pairsToDecide`, String),
      ];
    }),
  };
}

function convergenceTable(group: GroupResult, compared: readonly Placed[]): Table {
  const target = group.target === null ? '' : ` to ${percent(group.target, 1)} test accuracy`;
  return {
    kind: 'table',
    caption: `${groupTitle(group)}: steps${target}, over those of ${group.reference}; equivalence within ±10 %`,
    header: ['arm', 'pairs', 'ratio of steps', '90 % interval', 'equivalence (before Holm)'],
    rows: compared.flatMap(({ comparison: { arm, convergence }, place }) =>
      convergence === null
        ? []
        : [
            [
              { text: arm },
              numberCell(convergence.n, `comparisons.${place}.convergence.n`, String),
              numberCell(convergence.mean, `comparisons.${place}.convergence.mean`, ratio),
              intervalCell(convergence.interval, ratio),
              { text: convergence.verdict },
            ],
          ],
    ),
  };
}

function lossTable(group: GroupResult, index: number): Table {
  return {
    kind: 'table',
    caption: `${groupTitle(group)}: mean training loss of the last epoch. Where constant batch norm, ReLU and a global pool end the network, no parameters bring it below the floor (law 19)`,
    header: ['arm', 'seeds', 'training loss', 'floor'],
    rows: group.arms.map(({ name, trainingLoss, lossFloor }, place) => {
      const path = `groups.${index}.arms.${place}`;
      const show = (value: number) => value.toFixed(3);
      return [
        { text: name },
        trainingLoss === null ? { text: '0' } : numberCell(trainingLoss.n, `${path}.trainingLoss.n`, String),
        numberCell(trainingLoss?.mean, `${path}.trainingLoss.mean`, show),
        numberCell(lossFloor, `${path}.lossFloor`, show),
      ];
    }),
  };
}

function ratio(logarithm: number): string {
  return `×${Math.exp(logarithm).toFixed(3)}`;
}

/** The paper's accuracy for an arm, or null. An image folder counts as CIFAR-10 if it has CIFAR-10's classes. */
function paperOf(input: ReportInput, group: GroupResult, arm: string): number | null {
  const [log] = logsOf(input, group, arm);
  if (log === undefined) return null;
  const { model, dataset, norm, activation, ...settings } = log.head.settings;
  if (!hasPapersLayers(settings)) return null;
  const isCifar10 = log.head.dataset.classes.join() === cifar10Classes;
  if (model === undefined || norm === undefined) return null;
  return paperAccuracy({
    model: String(model),
    dataset: isCifar10 ? 'cifar10' : String(dataset),
    norm: String(norm),
    ...(activation !== undefined && { activation: String(activation) }),
  });
}

const cifar10Classes = 'airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck';
