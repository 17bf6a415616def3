/** The name of the file with a run's settings; not in runConfig.ts, which needs TensorFlow.js. */
export const configFile = 'config.json';
