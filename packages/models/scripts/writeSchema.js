// Writes the JSON Schema of a spec, from the built package, to generated/: part of this package's build.
import { mkdirSync, writeFileSync } from 'node:fs';
import { modelSpecJsonSchema } from '../dist/modelSpecJsonSchema.js';

const folder = new URL('../generated/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('model-spec.schema.json', folder),
  `${JSON.stringify(modelSpecJsonSchema(), undefined, 2)}\n`,
);
