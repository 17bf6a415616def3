import type { Availability, Unavailable } from '../availability.js';

/** The part of WebGL that we use; Node's types lack WebGL. */
type WebglContext = {
  readonly VERSION: number;
  readonly RENDERER: number;
  getParameter(name: number): string;
  getExtension(name: string): { loseContext(): void } | null;
};

type Canvas = { getContext(kind: string): WebglContext | null };

type PageGlobals = {
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  readonly document?: { createElement(name: 'canvas'): Canvas };
};

export const noWebgl2: Unavailable = {
  reason: 'there is no WebGL 2 here',
  remedy: 'use a newer browser, or wasm',
};

/** Whether the browser has WebGL 2: the first version with 32-bit floats that training can rely on. */
export async function probeWebgl(): Promise<Availability> {
  const { OffscreenCanvas, document } = globalThis as PageGlobals;
  const canvas = OffscreenCanvas ? new OffscreenCanvas(1, 1) : document?.createElement('canvas');
  const context = canvas?.getContext('webgl2');
  if (!context) return noWebgl2;
  const description = `webgl: ${context.getParameter(context.RENDERER)}`;
  // A browser allows only a few contexts at once.
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return { description };
}
