import { type Resolved, schemaOf } from './option.js';
import { trainOptions } from './trainOptions.js';

/** The settings of a run as `config.json` keeps them. */
export const settingsSchema = schemaOf(trainOptions);

/** The settings of one run; for an absent key, the package that reads it has a default. */
export type Settings = Resolved<typeof trainOptions>;

/** Some of the settings, as a recipe or the command line gives them. */
export type SomeSettings = Partial<Settings>;
