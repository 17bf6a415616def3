import { claims } from '@normlab/experiments';
import type { Section } from '../document.js';
import { pValue } from '../format.js';
import { groupTitle, type ReportInput } from '../reportDetails.js';

/** The verdict on each claim of the paper that these arms can test. */
export function verdictSection({ analysis }: ReportInput): Section {
  const { claims: verdicts, groups } = analysis;
  const titleOf = (name: string) => {
    const group = groups.find((each) => each.name === name);
    return group === undefined ? name : groupTitle(group);
  };
  if (verdicts.length === 0) {
    const text = `No claim of the paper is about these arms. Claims are about the placements ${[
      ...new Set(
        claims.flatMap(({ judgements }) => judgements.map((each) => ('arm' in each ? each.arm : each.norm))),
      ),
    ].join(', ')}.`;
    return { id: 'verdicts', heading: 'Verdicts', blocks: [{ kind: 'text', text }] };
  }
  return {
    id: 'verdicts',
    heading: 'Verdicts',
    blocks: [
      {
        kind: 'table',
        caption: 'Claims of the paper, tested at level .05 after Holm’s adjustment over all tests below',
        header: ['claim', 'where', 'verdict', 'what was found', 'p for', 'p against'],
        rows: verdicts.map(({ claim, words, group, verdict, sentence, pFor, pAgainst }, index) => [
          { text: `${claim}. ${words}` },
          { text: titleOf(group) },
          { text: verdict, mark: verdict },
          { text: sentence.replace(/^[A-Za-z]+: /, '') },
          ...[
            { p: pFor, key: 'pFor' },
            { p: pAgainst, key: 'pAgainst' },
          ].map(({ p, key }) =>
            p === null ? { text: '–' } : { text: pValue(p), value: p, path: `claims.${index}.${key}` },
          ),
        ]),
      },
    ],
  };
}
