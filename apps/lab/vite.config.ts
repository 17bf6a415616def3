import { defineConfig } from 'vite';

// With these headers the page is cross-origin isolated, and the WASM backend uses all cores.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // Relative addresses, so that the page can lie in any folder of a static host.
  base: './',
  server: { headers },
  preview: { headers },
  worker: { format: 'es' },
  build: {
    // The kernels are modules with their WASM inside.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
