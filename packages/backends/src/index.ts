export type { BackendName, BackendStatus, OpenBackend, OpenBackendOptions } from './backend.js';
export { openBackend } from './openBackend.js';
