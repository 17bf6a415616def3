export type { BackendName, BackendStatus, OpenBackend, OpenBackendOptions } from './backend.js';
