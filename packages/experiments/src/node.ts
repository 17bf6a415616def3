export { readRun, runFolders } from './node/readRun.js';
