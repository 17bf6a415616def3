import type { Section } from '../document.js';
import type { ReportInput } from '../reportDetails.js';

/** Table 4: trainable parameters beside the paper's. */
export function parameterSection({ parameters = [] }: ReportInput): Section | undefined {
  if (parameters.length === 0) return undefined;
  const shown = (count: number) => count.toLocaleString('en');
  return {
    id: 'parameters',
    heading: 'Parameters',
    blocks: [
      {
        kind: 'table',
        caption: 'Trainable parameters with a 10-way head, at full size (Table 4)',
        header: ['network', 'arm', 'counted', 'paper', 'equal'],
        rows: parameters.map(({ model, norm, counted, paper }) => [
          { text: model },
          { text: norm },
          { text: shown(counted) },
          { text: paper === null ? '–' : shown(paper) },
          { text: paper === null ? '–' : counted === paper ? 'yes' : 'no' },
        ]),
      },
    ],
  };
}
