import { fileURLToPath } from 'node:url';
import { analyse, inferExperiment, meanLossFloor, stepTimeRatios } from '@normlab/experiments';
import { readRun, runFolders } from '@normlab/experiments/node';
import { DOMParser, parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { escapeHtml } from '../src/html/escapeHtml.js';
import {
  type Figure,
  type ReportInput,
  renderFigures,
  renderHtml,
  renderMarkdown,
  reportDocument,
  type Table,
} from '../src/index.js';
import { plantedReport, renamed } from './plantedReport.js';

const figuresOf = (input: ReportInput): Figure[] =>
  reportDocument(input).sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'figure'));

const committedRuns = async (): Promise<ReportInput> => {
  const folder = fileURLToPath(new URL('../../../docs/evidence/table-3', import.meta.url));
  const logs = await Promise.all((await runFolders(folder)).map((each) => readRun(each)));
  return { logs, analysis: analyse(inferExperiment(logs, { title: 'Table 3' }), logs) };
};

describe('reportDocument', () => {
  it('puts verdicts first, and has every part for which there are data', () => {
    const { sections, summary } = reportDocument(plantedReport());
    expect(sections.map(({ id }) => id)).toEqual([
      ...['verdicts', 'notes', 'accuracy', 'figures', 'recordings', 'parameters', 'runs', 'again'],
    ]);
    expect(summary).toBe('28 of 30 runs are done: 6 arms, seeds 1 to 5, reference bn.');
  });

  it('has a figure for accuracy, each curve, each recorded norm and output, and each curve of weights', () => {
    // Per group: accuracy and two curves (the planted logs have no epochs); 3 norms, 2 outputs, 4 curves of weights.
    expect(figuresOf(plantedReport()).map(({ id }) => id)).toMatchSnapshot();
  });

  it('has interleaved step times, if there are any: a figure and a table', () => {
    const { analysis, logs } = plantedReport();
    const stepTimes = stepTimeRatios({
      ...{ format: 'normlab-step-times-1', date: '2026-01-01', machine: 'here', node: '20', backend: 'wasm' },
      networks: [
        {
          name: 'nin, width 0.5',
          seconds: { bn: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2], 'cbn-all': [0.2, 0.21, 0.22, 0.23, 0.24, 0.25] },
        },
      ],
    });
    const { sections } = reportDocument({ logs, analysis: { ...analysis, stepTimes } });
    const { blocks } = sections.find(({ id }) => id === 'step-times')!;
    const [figure, table] = blocks as [Figure, Table];
    expect(figure.id).toBe('step-time-ratios');
    expect(figure.svg.match(/<circle /g)).toHaveLength(6);
    expect(figure.description).toContain('nin, width 0.5: cbn-all ×1.125 over 6 rounds');
    expect(table.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ['nin, width 0.5', 'cbn-all', '6', '225.0', '200.0', '×1.125', '×1.000 to ×1.250'],
    ]);
  });

  it('draws a mark for every point and no NaN', () => {
    for (const { svg, id } of figuresOf(plantedReport())) {
      expect(svg, id).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.match(/<(path|rect|circle|line)[ >]/g)?.length, id).toBeGreaterThan(3);
    }
  });

  it('shows the paper’s numbers beside those of committed runs', async () => {
    const accuracy = reportDocument(await committedRuns()).sections.find(({ id }) => id === 'accuracy')!;
    const [table] = accuracy.blocks;
    const rows = table?.kind === 'table' ? table.rows.map((row) => row.map(({ text }) => text)) : [];
    // ALL-CNN with prelu: Table 3.
    expect(rows.map(([arm, seeds, mean, , , paper]) => [arm, seeds, mean, paper])).toEqual([
      ['bn-prelu', '3', '66.38 %', '90.4 %'],
      ['cbn-lconv-nobn-prelu', '3', '65.20 %', '90.6 %'],
    ]);
  });

  it('shows the floor of the training loss where constant norms end the network (law 19)', () => {
    const { analysis, logs } = plantedReport();
    const withLosses = logs.map((log) => {
      const { norm, activation } = log.head.settings;
      const gain = norm === 'bn';
      const layers = [
        { type: 'norm', gain, bias: gain },
        { type: 'activation', kind: activation },
        { type: 'globalPool' },
      ];
      const spec = { layers: norm === 'cbn-lconv-nobn' ? layers.slice(1) : layers };
      const settings = { ...log.head.settings, batch: 64 };
      const epochs = [100, 1000].map((step) => ({
        step,
        loss: 60 / step + 0.4,
        accuracy: 0.5,
        seconds: step,
      }));
      return { ...log, epochs, head: { ...log.head, spec, settings } };
    });
    const input = { logs: withLosses, analysis: analyse(analysis.experiment, withLosses) };
    // Two equal classes; batches of 64.
    const floor = meanLossFloor([25000, 25000], 64);
    const tables = reportDocument(input)
      .sections.flatMap(({ blocks }) => blocks)
      .filter((block) => block.kind === 'table' && /floor/.test(block.caption));
    expect(
      tables.map((table) => table.kind === 'table' && table.rows.map((row) => row.map(({ text }) => text))),
    ).toEqual([
      [
        ['bn-relu', '5', '0.460', '–'],
        ['cbn-all-relu', '5', '0.460', floor.toFixed(3)],
        ['cbn-lconv-nobn-relu', '5', '0.460', '–'],
      ],
    ]);
    const figures = figuresOf(input).filter(({ id }) => id.startsWith('training-loss'));
    expect(
      figures.map(({ description, svg }) => [
        /floor of [\d.]+/.exec(description)?.[0],
        svg.includes('>floor<'),
      ]),
    ).toEqual([
      [`floor of ${floor.toFixed(4)}`, true],
      [undefined, false],
    ]);
  });

  it.each([
    // A window of 3 percentage points, and one of a few images in 10 000.
    [0.914, 0.946],
    [0.9141, 0.9144],
  ])('labels the ticks of accuracies from %d to %d by their values', (low, high) => {
    const { analysis, logs } = plantedReport();
    const narrow = logs.map((log, index) => ({
      ...log,
      evaluations: log.evaluations.map((point) => ({
        ...point,
        accuracy: low + ((high - low) * (index % 5)) / 4,
      })),
    }));
    const input = { logs: narrow, analysis: analyse(analysis.experiment, narrow) };
    for (const { id, svg } of figuresOf(input).filter((each) => each.id.includes('accuracy'))) {
      const axes = svg.match(/axis tick label".*?<\/g>/g) ?? [];
      const percents = axes.find((axis) => axis.includes(' %<')) ?? '';
      const labels = [...percents.matchAll(/>([\d.]+) %</g)].map(([, label]) => Number(label));
      expect(labels.length, id).toBeGreaterThan(2);
      const step = Math.abs(labels[1]! - labels[0]!);
      expect(step, id).toBeGreaterThan(0);
      for (const [index, label] of labels.entries()) {
        expect(Math.abs(label - labels[0]!), id).toBeCloseTo(index * step, 6);
      }
    }
  });

  it('gives the margin as it is', () => {
    const { analysis, logs } = plantedReport();
    const experiment = { ...analysis.experiment, margin: 0.0025 };
    expect(renderMarkdown({ logs, analysis: analyse(experiment, logs) })).toContain(
      'equivalence within ±0.25;',
    );
  });

  it('can be made before the first run', () => {
    const { analysis } = plantedReport();
    const empty = { logs: [], analysis: analyse(analysis.experiment, []) };
    expect(reportDocument(empty).summary).toBe('0 of 30 runs are done: 6 arms, seeds 1 to 5, reference bn.');
    expect(renderHtml(empty)).toContain('<table>');
  });
});

describe('renderHtml', () => {
  const input = plantedReport();
  const html = renderHtml(input);
  const { document } = parseHTML(html);

  it('gives the same bytes for the same runs', () => {
    expect(renderHtml(plantedReport())).toBe(html);
  });

  it('shows the numbers of the analysis that it contains, each with its path', () => {
    const results = JSON.parse(document.querySelector('#results')!.textContent!);
    expect(results).toEqual(JSON.parse(JSON.stringify(input.analysis)));
    const shown = [...document.querySelectorAll('data')];
    expect(shown.length).toBeGreaterThan(100);
    for (const each of shown) {
      const path: string[] = each.getAttribute('data-path').split('.');
      const value = path.reduce((inner, key) => inner[key], results);
      expect(value, path.join('.')).toBe(Number(each.getAttribute('value')));
    }
  });

  it('escapes special characters in names', () => {
    expect(html).toContain('<h1>Planted &lt;placements&gt; &amp; activations</h1>');
    expect(document.querySelectorAll('placements')).toHaveLength(0);
  });

  it('makes no requests and runs no scripts', () => {
    expect(html).not.toMatch(
      /src=|url\(|@import|<link(?! rel="icon" href="data:,")|https?:\/\/(?!www\.w3\.org)/,
    );
    expect([...document.querySelectorAll('script')].map((each) => each.getAttribute('type'))).toEqual([
      'application/json',
    ]);
  });

  it('names every figure and table for screen readers', () => {
    for (const svg of document.querySelectorAll('svg')) {
      expect(svg.getAttribute('role')).toBe('img');
      expect(svg.getAttribute('aria-label')!.length).toBeGreaterThan(20);
    }
    for (const table of document.querySelectorAll('table')) {
      expect(table.querySelector('caption')!.textContent!.length).toBeGreaterThan(10);
      expect(table.querySelectorAll('tbody tr').length).toBe(
        table.querySelectorAll('tbody tr > th[scope=row]').length,
      );
    }
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** What is left of XML without its elements: text, which has no bare `<` or `&`. */
const withoutElements = (xml: string) =>
  xml.replace(/<\/[\w:-]+>|<[\w:-]+(\s+[\w:-]+="([^"<&]|&(amp|lt|gt|quot|#\d+);)*")*\s*\/?>/g, '');

describe('renderFigures', () => {
  const input = renamed(plantedReport(), (name) => `${name} $&<a&b "c">`);
  const figures = renderFigures(input);

  it('gives every figure of the report as a whole SVG document', () => {
    const shown = reportDocument(input).sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'figure' ? block.id : [])),
    );
    expect(figures.map(({ id }) => id)).toEqual(shown);
    for (const { id, svg, title } of figures) {
      expect(id).toMatch(/^[A-Za-z0-9.-]+$/);
      const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml');
      expect(documentElement.tagName).toBe('svg');
      expect(documentElement.getAttribute('xmlns')).toBe('http://www.w3.org/2000/svg');
      expect(svg).toContain(`aria-label="${escapeHtml(title)}`);
      expect(withoutElements(svg), id).not.toMatch(/<|&(?!(amp|lt|gt|quot|#\d+);)/);
      // Every colour that a mark names is defined in the file itself.
      for (const [, name] of svg.matchAll(/var\((--[a-z0-9-]+)\)/g)) expect(svg).toContain(`${name}:`);
    }
  });
});

describe('figures of groups whose names differ only in signs', () => {
  it('have ids of their own', () => {
    const input = plantedReport();
    const groups = ['a b', 'a, b'].map((name) => ({ ...input.analysis.groups[0]!, name }));
    const ids = renderFigures({ ...input, analysis: { ...input.analysis, groups } }).map(({ id }) => id);
    expect(ids).toContain('accuracy-a-b');
    expect(ids).toContain('accuracy-a-b-2');
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('renderMarkdown', () => {
  it('has the verdicts and tables, with bars and tags escaped', () => {
    const text = renderMarkdown(plantedReport());
    expect(text).toMatch(/^# Planted \\<placements\\> & activations\n/);
    expect(text.slice(0, text.indexOf('## Figures'))).toMatchSnapshot();
    for (const line of text.split('\n').filter((each) => each.startsWith('| '))) {
      expect(line.endsWith(' |')).toBe(true);
    }
  });
});
