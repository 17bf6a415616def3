import { z } from 'zod';
import { modelSpecSchema } from './modelSpec.js';

/**
 * The JSON Schema (draft 2020-12) of a network, for editors and other languages; the package ships it as
 * `@normlab/models/schema.json`.
 *
 * It is generated from the schema with which {@link parseSpec} validates. A JSON Schema cannot check whether the layers
 * fit together; parseSpec does.
 */
export function modelSpecJsonSchema(): Record<string, unknown> {
  return { title: 'ModelSpec', ...z.toJSONSchema(modelSpecSchema) };
}
