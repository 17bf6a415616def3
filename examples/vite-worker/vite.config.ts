import { defineConfig } from 'vite';

// With these headers, the WASM backend uses all cores; without them, one.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  server: { headers },
  preview: { headers },
  // The worker loads the backend's files when it opens the backend: only modules can do that.
  worker: { format: 'es' },
});
