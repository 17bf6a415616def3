export type { BackendName, BackendStatus, OpenBackend, OpenBackendOptions } from './backend.js';
export { listBackends } from './listBackends.js';
export { openBackend } from './openBackend.js';
