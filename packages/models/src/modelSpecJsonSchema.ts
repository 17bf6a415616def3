import { toJsonSchema } from '@valibot/to-json-schema';
import { layerListSchema, layerSchema } from './layerTypes.js';
import { modelSpecSchema } from './modelSpec.js';

/**
 * The JSON Schema (draft 2020-12) of a network, for editors and other languages; the package ships it as
 * `@normlab/models/schema.json`.
 *
 * It is generated from the schema with which {@link parseSpec} validates. A JSON Schema cannot check whether the layers
 * fit together; parseSpec does.
 */
export function modelSpecJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(modelSpecSchema, {
    target: 'draft-2020-12',
    definitions: { Layers: layerListSchema, Layer: layerSchema },
    // JSON has no other numbers.
    ignoreActions: ['finite'],
  });
  return { title: 'ModelSpec', ...schema };
}
