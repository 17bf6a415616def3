import type { Block, Section } from '../document.js';
import type { ReportInput } from '../reportDetails.js';

/** How to run the experiment again: data, commands, versions, backends, and the experiment as a file. */
export function againSection({ analysis, logs, commands = [] }: ReportInput): Section {
  const heads = logs.map(({ head }) => head);
  const data = distinct(
    heads.map(
      ({ settings, dataset: { trainImages, testImages, sha256 } }) =>
        `${settings.dataset ?? 'data'}: ${trainImages} training and ${testImages} test images, sha256 ${sha256}`,
    ),
  );
  const versions = distinct(
    heads.map(({ versions: all }) =>
      Object.entries(all)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ),
  );
  const origins = heads.flatMap(({ provenance }) => provenance ?? []);
  const starts = origins.map(({ started }) => started).sort();
  const commits = distinct(origins.flatMap(({ commit }) => commit ?? []));
  const hosts = distinct(origins.map(({ host }) => host));
  const backends = distinct(heads.map(({ backend }) => backend.description));
  const blocks: Block[] = [
    ...(commands.length === 0 ? [] : [{ kind: 'code' as const, text: commands.join('\n') }]),
    {
      kind: 'table',
      caption: 'Versions and backends of the runs',
      header: ['what', 'value'],
      rows: [
        ...data.map((text) => [{ text: 'data' }, { text }]),
        ...backends.map((text) => [{ text: 'backend' }, { text }]),
        ...versions.map((text) => [{ text: 'versions' }, { text }]),
        ...commits.map((text) => [{ text: 'commit' }, { text }]),
        ...hosts.map((text) => [{ text: 'host' }, { text }]),
        ...(starts.length === 0
          ? []
          : [[{ text: 'runs started' }, { text: `${starts[0]} to ${starts.at(-1)}` }]]),
      ],
    },
    { kind: 'text', text: 'The experiment, as a file for normlab compare:' },
    { kind: 'code', text: JSON.stringify(analysis.experiment, null, 2) },
  ];
  return { id: 'again', heading: 'Run it again', blocks };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
