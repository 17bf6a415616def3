import { type Browser, chromium } from 'playwright-core';
import { chromiumFiles } from './chromiumFiles.js';

/** A running headless Chromium with a software GPU, or why there is none here. */
export type Chromium = { readonly browser: Browser; close(): Promise<void> } | { readonly reason: string };

/** WebGPU and WebGL 2 on SwiftShader; nothing is fetched from anywhere but the pages. */
const flags = [
  ...['--no-sandbox', '--disable-background-networking'],
  ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
  ...['--use-vulkan=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
];

/**
 * Starts the Chromium that npm has brought, if the machine can run it: Linux on x64.
 *
 * It ends with this process, however that ends, since it reads its commands from a pipe of it.
 *
 * @throws Error where it should start and does not
 */
export async function openChromium(): Promise<Chromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `the Chromium from npm runs on Linux x64, this is ${process.platform} ${process.arch}` };
  }
  const { executable, libraries } = await chromiumFiles();
  try {
    const browser = await chromium.launch({
      executablePath: executable,
      args: flags,
      env: { ...process.env, LD_LIBRARY_PATH: searchPath(libraries) },
    });
    return {
      browser,
      close: () => browser.close(),
    };
  } catch (error) {
    const missing = /error while loading shared libraries: (\S+)/.exec(String(error))?.[1];
    if (missing !== undefined)
      return { reason: `Chromium finds no ${missing.replace(/:$/, '')} on this system` };
    throw error;
  }
}

/** The system's own libraries go first; those of the package only stand in for them. */
function searchPath(libraries: string): string {
  const { LD_LIBRARY_PATH } = process.env;
  return LD_LIBRARY_PATH ? `${LD_LIBRARY_PATH}:${libraries}` : libraries;
}
