import { z } from 'zod';
import { modelSpecSchema } from './modelSpec.js';

/**
 * The JSON Schema (draft 2020-12) of a network, for editors and other languages; the package ships it as
 * `@normlab/models/schema.json`.
 *
 * It is made of what {@link parseSpec} validates with. Whether the layers fit together is beyond a JSON Schema, and
 * parseSpec's to say.
 */
export function modelSpecJsonSchema(): Record<string, unknown> {
  return { title: 'ModelSpec', ...z.toJSONSchema(modelSpecSchema) };
}
