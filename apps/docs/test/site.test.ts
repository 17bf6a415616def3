import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Chromium, openChromium, type PageServer, servePages } from '@normlab/pages';
import { temporaryFolder } from '@normlab/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const docs = fileURLToPath(new URL('../', import.meta.url));
const chromium: Chromium = await openChromium();
const reason = 'reason' in chromium ? `, SKIPPED: ${chromium.reason}` : '';

describe.skipIf(reason !== '')(`the site of the documents${reason}`, () => {
  let server: PageServer;

  beforeAll(async () => {
    const folder = await temporaryFolder();
    // It fails for a link to a page that does not exist.
    const arguments_ = ['run', 'docs:build', '--', '--base', '/plain/', '--outDir', folder];
    execFileSync('npm', arguments_, { cwd: docs, stdio: 'pipe' });
    server = await servePages(folder);
  });

  afterAll(async () => {
    await server.close();
    if ('close' in chromium) await chromium.close();
  });

  /** A page of the site; the test fails if it complains of anything. */
  async function open(path: string): Promise<Page> {
    const page = await (chromium as { readonly browser: Browser }).browser.newPage();
    page.setDefaultTimeout(300_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    onTestFinished(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(`${server.origin}/plain/${path}`);
    return page;
  }

  it('leads from the first page to every guide', async () => {
    const page = await open('');
    await page.getByRole('heading', { level: 1, name: 'normlab' }).waitFor();
    await page.getByRole('link', { name: 'Guides', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Guides' }).waitFor();
    const guides = page.locator('main li a');
    const names = await guides.allTextContents();
    expect(names.length).toBeGreaterThanOrEqual(11);
    for (const [index] of names.entries()) {
      await guides.nth(index).click();
      await page.waitForFunction(() => !/\/guides\/(index\.html)?$/.test(location.pathname));
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.locator('main h1').textContent()).not.toContain('404');
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Guides' }).waitFor();
    }
  });

  it('finds an operation by its name, and shows its docstring', async () => {
    const page = await open('');
    await page.getByRole('button', { name: /Search/ }).click();
    await page.getByRole('searchbox').fill('constantBatchNormTrain');
    await page.locator('.results a').first().waitFor();
    const api = page.locator('.results a[href*="/api/"]', { hasText: 'constantBatchNormTrain' }).first();
    await api.click();
    await page
      .getByRole('heading', { name: /constantBatchNormTrain/ })
      .first()
      .waitFor();
    expect(await page.locator('main').textContent()).toContain('standardize');
  });

  it.each(['laws.html', 'evidence/', 'performance.html', 'packages/ops.html', 'api/'])(
    'has %s',
    async (path) => {
      const page = await open(path);
      await page.locator('main h1').first().waitFor();
      expect(await page.locator('main h1').first().textContent()).not.toContain('404');
    },
  );
});
