import type { Browser } from 'playwright-core';

/** An open page. */
export type Page = {
  /** Calls an async function in the page's global scope. */
  call<T>(name: string, argument: unknown): Promise<T>;
  /** Errors and warnings on the console, and uncaught errors. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

/** Opens a page and waits until its scripts have set the global `ready` to true. */
export async function openPage(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage();
  // On a busy machine, a page may take long: only what hangs should end.
  page.setDefaultTimeout(300_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  await page.goto(address);
  await page.waitForFunction('globalThis.ready === true').catch((error) => {
    throw new Error(`${address} did not start: ${complaints.join('\n') || error}`);
  });
  return {
    complaints,
    call: (name, argument) =>
      page.evaluate(`globalThis[${JSON.stringify(name)}](${JSON.stringify(argument)})`),
    close: () => page.close(),
  };
}
