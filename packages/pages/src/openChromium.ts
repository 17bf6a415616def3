import { type Browser, chromium } from 'playwright-core';
import { chromiumFiles } from './chromiumFiles.js';

/** A running headless Chromium with a software GPU, or why it cannot run here. */
export type Chromium = { readonly browser: Browser; close(): Promise<void> } | { readonly reason: string };

/** WebGPU and WebGL 2 on SwiftShader; no requests except those of the pages. */
const flags = [
  ...['--no-sandbox', '--disable-background-networking'],
  ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
  ...['--use-vulkan=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
];

export type OpenChromiumOptions = {
  /** A port of this machine on which other programs may control it too, by the DevTools protocol; none by default. */
  readonly debuggingPort?: number;
};

/**
 * Starts the Chromium of `@sparticuz/chromium`, if the machine can run it: Linux on x64.
 *
 * Chromium ends when this process ends in any way, since it reads its commands from a pipe of this process.
 *
 * @throws Error where it could start but does not
 */
export async function openChromium({ debuggingPort }: OpenChromiumOptions = {}): Promise<Chromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `the Chromium from npm runs on Linux x64, this is ${process.platform} ${process.arch}` };
  }
  const { executable, libraries } = await chromiumFiles();
  try {
    const browser = await chromium.launch({
      executablePath: executable,
      args: [...flags, ...(debuggingPort === undefined ? [] : [`--remote-debugging-port=${debuggingPort}`])],
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

/** The library search path: the system's own libraries first, then those of the package. */
function searchPath(libraries: string): string {
  const { LD_LIBRARY_PATH } = process.env;
  return LD_LIBRARY_PATH ? `${LD_LIBRARY_PATH}:${libraries}` : libraries;
}
