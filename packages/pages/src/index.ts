export { bundleWithEsbuild, bundleWithVite } from './bundle.js';
export { type Chromium, type OpenChromiumOptions, openChromium } from './openChromium.js';
export { openPage, type Page } from './openPage.js';
export { type PageServer, servePages } from './servePages.js';
