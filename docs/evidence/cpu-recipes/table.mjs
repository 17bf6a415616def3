// Prints this folder's table from timings.json and the recipes: node docs/evidence/cpu-recipes/table.mjs
import { readFileSync } from 'node:fs';

const timings = JSON.parse(readFileSync(new URL('timings.json', import.meta.url), 'utf8'));
const recipes = new URL('../../../apps/trainer/recipes/', import.meta.url);
const stepsPerEpoch = 391;

/** A recipe's settings with those that it starts from. */
function settingsOf(name) {
  const { extends: base, ...own } = JSON.parse(readFileSync(new URL(`${name}.json`, recipes), 'utf8'));
  return base === undefined ? own : { ...settingsOf(base), ...own };
}

console.log('| recipe | s/step | s/evaluation | steps | evaluations | minutes on one core | MiB |');
console.log('|---|---|---|---|---|---|---|');
for (const [name, { stepSeconds, evaluationSeconds, startSeconds, mebibytes }] of Object.entries(timings)) {
  const settings = settingsOf(name);
  const steps = settings.steps ?? settings.epochs * stepsPerEpoch;
  const evaluations = Math.ceil(steps / stepsPerEpoch);
  const seconds = startSeconds + steps * stepSeconds + evaluations * evaluationSeconds;
  const cells = [stepSeconds.toFixed(2), evaluationSeconds.toFixed(1), steps, evaluations, Math.ceil(seconds / 60), mebibytes];
  console.log(`| \`${name}\` | ${cells.join(' | ')} |`);
}
