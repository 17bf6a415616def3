/** What a run was started with; apart from its reader, which needs TensorFlow.js. */
export const configFile = 'config.json';
