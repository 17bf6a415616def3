// Prints this folder's table from the runs' metrics: node docs/evidence/main-job/table.mjs
import { readFileSync } from 'node:fs';

/** Test accuracy of the PyTorch reference after epochs 1, 4 and 8 (one run each, seed 0). */
const reference = {
  'cbn-lconv-nobn': [0.516, 0.674, 0.713],
  bn: [0.484, 0.708, 0.734],
  'cbn-all': [0.491, 0.666, 0.696],
};
const epochs = [1, 4, 8];

const rows = Object.entries(reference).map(([norm, theirs]) => {
  const lines = readFileSync(new URL(`${norm}/metrics.jsonl`, import.meta.url), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  const accuracies = events.filter(({ type }) => type === 'evaluation').map(({ accuracy }) => accuracy);
  const ours = epochs.map((epoch) => accuracies[epoch - 1]);
  const loss = events.filter(({ type }) => type === 'epoch').at(-1).loss;
  const pairs = ours.map((accuracy, at) => `${accuracy.toFixed(4)} (${theirs[at].toFixed(3)})`);
  const gap = ((ours.at(-1) - theirs.at(-1)) * 100).toFixed(1);
  return `| \`${norm}\` | ${pairs.join(' | ')} | ${gap > 0 ? '+' : ''}${gap} | ${loss.toFixed(3)} |`;
});

console.log(`| placement | ${epochs.map((epoch) => `epoch ${epoch}`).join(' | ')} | difference, pp | training loss, epoch 8 |`);
console.log(`|---|${'---|'.repeat(epochs.length + 2)}`);
console.log(rows.join('\n'));
