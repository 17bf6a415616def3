import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCnn } from '@normlab/models';
import { type Chromium, openChromium, type PageServer, servePages } from '@normlab/pages';
import { temporaryFolder } from '@normlab/testing';
import lighthouse from 'lighthouse';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const normlab = fileURLToPath(new URL('../../trainer/bin/normlab.js', import.meta.url));

const debuggingPort = await freePort();
const chromium: Chromium = await openChromium({ debuggingPort });
const reason = 'reason' in chromium ? `, SKIPPED: ${chromium.reason}` : '';

/** A port that nobody uses; another program may take it before it is used here. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** What `normlab eval --json` says of a run. */
function evaluated(run: string): { readonly accuracy: number; readonly loss: number } {
  const output = execFileSync(process.execPath, [normlab, 'eval', run, '--json'], { encoding: 'utf8' });
  return JSON.parse(output);
}

describe.skipIf(reason !== '')(`the lab${reason}`, () => {
  let server: PageServer;
  let address: string;

  beforeAll(async () => {
    const folder = await temporaryFolder();
    await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
    server = await servePages(folder);
    address = `${server.origin}/isolated/index.html`;
  });

  afterAll(async () => {
    await server.close();
    if ('close' in chromium) await chromium.close();
  });

  /** The page, opened anew; the test fails if it complains of anything. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const { browser } = chromium as { readonly browser: Browser };
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(300_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    onTestFinished(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(address);
    await page.getByText('Ready to train.').waitFor();
    return page;
  }

  /** Changes what decides a run, and waits for its network. */
  async function choose(page: Page, name: string, value: string): Promise<void> {
    const number = page.getByRole('spinbutton', { name, exact: true });
    if ((await number.count()) === 1) {
      await number.fill(value);
      await number.blur();
    } else await page.getByRole('combobox', { name, exact: true }).selectOption(value);
    await page.getByText('Ready to train.').waitFor();
  }

  async function said(page: Page, words: RegExp): Promise<string> {
    const place = page.getByText(words);
    await place.waitFor();
    return (await place.textContent())!;
  }

  /** Notes what the status of the training says from now on, each sentence once. */
  async function hear(page: Page): Promise<() => Promise<string[]>> {
    const heard = await page.evaluateHandle(() => {
      const status = document.querySelector('[role=status]')!;
      const sentences = new Set<string>();
      new MutationObserver(() => sentences.add(status.textContent!)).observe(status, {
        characterData: true,
        subtree: true,
      });
      return sentences;
    });
    return () => heard.evaluate((sentences) => [...sentences]);
  }

  /** Waits until nothing is done or waits. */
  async function isIdle(page: Page): Promise<void> {
    const laws = page.getByRole('button', { name: 'Check the laws' });
    await expect.poll(() => laws.isEnabled()).toBe(true);
  }

  /** The three numbers below the slider, once they are those of a factor. */
  async function scaledBy(
    page: Page,
    exponent: number,
  ): Promise<{ loss: number; gradient: number; product: number }> {
    const slider = page.getByRole('slider');
    const before = await page.locator('#scaled').textContent();
    await slider.focus();
    await slider.fill(String(exponent));
    await expect.poll(() => page.locator('#scaled').textContent()).not.toBe(before);
    const [loss, gradient, product] = (await page.locator('#scaled dd').allTextContents()).map(Number);
    return { loss: loss!, gradient: gradient!, product: product! };
  }

  it('shows a gradient before anything is clicked, and the invariances under the slider', async () => {
    const page = await open();
    await page.waitForFunction(() => performance.getEntriesByName('first-gradient').length === 1);
    // Not at 0 first: the slider begins at 2.
    await page.waitForFunction(() => document.querySelector('#scaled dd')?.textContent !== '…');
    const still = await scaledBy(page, 0);
    const large = await scaledBy(page, 5);
    // Both numbers are rounded to 4 digits on the page; ε beside a variance of about 1 is 1e-5.
    expect(large.loss / still.loss).toBeCloseTo(1, 3);
    expect(still.gradient / large.gradient / 32).toBeCloseTo(1, 2);
    expect(large.product / still.product).toBeCloseTo(1, 2);
  });

  it('trains by clicks, stops and goes on, and its files give the same accuracy in normlab eval', async () => {
    const page = await open();
    await choose(page, 'Width', '0.05');
    await choose(page, 'Epochs', '1');
    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForFunction(() =>
      /^[1-9]\d* of 80/.test(document.querySelector('.figures dd')!.textContent!),
    );
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await said(page, /^(Stopped|Trained)/)).toMatch(/^Stopped after [1-9]\d? steps\.$/);
    await page.getByRole('button', { name: 'Go on' }).click();
    const words = await said(page, /^Trained: /);
    expect(await page.locator('.figures dd').first().textContent()).toBe('80 of 80');
    expect(await page.locator('figcaption', { hasText: 'γ of all' }).textContent()).toMatch(/after 80 steps/);

    const folder = await temporaryFolder();
    await page.getByRole('button', { name: 'Make the files' }).click();
    for (const name of ['checkpoint.safetensors', 'config.json']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(name);
      await download.saveAs(join(folder, name));
    }
    expect(words).toBe(`Trained: ${(100 * evaluated(folder).accuracy).toFixed(1)} % of 1000 test images.`);

    // And the page opens what it has written.
    await choose(page, 'Network', 'nin');
    await page
      .getByLabel('Open config.json and checkpoint.safetensors of a run')
      .setInputFiles([join(folder, 'config.json'), join(folder, 'checkpoint.safetensors')]);
    expect((await said(page, /^Opened: /)).replace('Opened', 'Trained')).toContain(words.slice(0, -1));
  });

  it('opens a run of normlab train with the accuracy that normlab eval gives', async () => {
    const run = join(await temporaryFolder(), 'run');
    const size = ['--width', '0.05', '--train-images', '500', '--epochs', '1', '--test-images', '300'];
    const options = [...size, '--norm', 'cbn-all'];
    execFileSync(process.execPath, [normlab, 'train', ...options, '--out', run], { stdio: 'ignore' });
    const { accuracy, loss } = evaluated(run);
    const page = await open();
    const input = page.getByLabel('Open config.json and checkpoint.safetensors of a run');
    await input.setInputFiles([join(run, 'config.json'), join(run, 'checkpoint.safetensors')]);
    expect(await said(page, /^Opened: /)).toBe(
      `Opened: ${(100 * accuracy).toFixed(1)} % of 300 test images, loss ${loss.toFixed(4)}.`,
    );
    await page.getByText('This network learns no γ: it is 1 everywhere.').waitFor();
    expect(await page.getByRole('button', { name: 'Train' }).isDisabled()).toBe(true);
  });

  it('says what is wrong with files that are no run', async () => {
    const page = await open();
    const input = page.getByLabel('Open config.json and checkpoint.safetensors of a run');
    const alert = page.getByRole('alert');
    await input.setInputFiles({
      name: 'config.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{}'),
    });
    await alert.waitFor();
    expect(await alert.textContent()).toBe(
      'Choose both files of a run: config.json and checkpoint.safetensors.',
    );
    const checkpoint = { name: 'checkpoint.safetensors', mimeType: '', buffer: Buffer.from('nothing') };
    await input.setInputFiles([
      { name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{}') },
      checkpoint,
    ]);
    await expect
      .poll(() => alert.textContent())
      .toMatch(/^run folder: config.json must be as normlab wrote it: /);
    const [image] = [{ name: 'words.txt', mimeType: 'image/png', buffer: Buffer.from('words') }];
    await page.getByLabel('Choose an image, or drop one here').setInputFiles(image);
    await page.getByText('words.txt is no image that this browser can read.').waitFor();
  });

  it('keeps the network when files are damaged, or do not belong together', async () => {
    const page = await open();
    await choose(page, 'Width', '0.05');
    await page.getByRole('button', { name: 'Make the files' }).click();
    const [config, checkpoint] = await Promise.all(['config.json', 'checkpoint.safetensors'].map(contentOf));
    await choose(page, 'Width', '0.06');
    const input = page.getByLabel('Open config.json and checkpoint.safetensors of a run');
    const alert = page.getByRole('alert');
    const openFiles = (text: Buffer, bytes: Buffer) =>
      input.setInputFiles([
        { name: 'config.json', mimeType: 'application/json', buffer: text },
        { name: 'checkpoint.safetensors', mimeType: '', buffer: bytes },
      ]);
    await openFiles(config!, checkpoint!.subarray(0, -1));
    await expect.poll(() => alert.textContent()).toMatch(/checkpoint\.safetensors must/);
    const narrower = JSON.stringify({
      ...JSON.parse(String(config)),
      spec: allCnn({ width: 0.03, input: [24, 24, 3] }),
    });
    await openFiles(Buffer.from(narrower), checkpoint!);
    await expect.poll(() => alert.textContent()).toMatch(/belongs to another model/);
    const padded = String(config).replace('"crop-24"', '"pad-crop-flip"');
    await openFiles(Buffer.from(padded), checkpoint!);
    await expect.poll(() => alert.textContent()).toMatch(/must have a network whose input is \[32, 32, 3\]/);
    // The network that was open still computes.
    await scaledBy(page, 3);
    expect(await page.getByRole('button', { name: 'Train' }).isEnabled()).toBe(true);

    async function contentOf(name: string): Promise<Buffer> {
      const address = await page.getByRole('link', { name }).getAttribute('href');
      const bytes = await page.evaluate(
        async (from) => [...new Uint8Array(await (await fetch(from!)).arrayBuffer())],
        address,
      );
      return Buffer.from(bytes);
    }
  });

  it('trains at once after a number was typed, but not on an invalid one', async () => {
    const page = await open();
    await choose(page, 'Width', '0.05');
    const epochs = page.getByRole('spinbutton', { name: 'Epochs' });
    await epochs.fill('0');
    await page.getByRole('button', { name: 'Train' }).click();
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('0');
    await epochs.fill('1');
    // The click takes the focus from the field, which changes the run, before it is a click.
    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForFunction(() =>
      /^[1-9]\d* of 80$/.test(document.querySelector('.figures dd')!.textContent!),
    );
  });

  it('asks before a change ends an unfinished run, and keeps the focus on the field', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Train' }).click();
    await page.waitForFunction(() => /^[1-9]/.test(document.querySelector('.figures dd')!.textContent!));
    await page.getByRole('button', { name: 'Stop' }).click();
    await said(page, /^Stopped after/);
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.message());
      return questions.length === 1 ? dialog.dismiss() : dialog.accept();
    });
    const kind = page.getByRole('combobox', { name: 'Kind of norm' });
    await kind.selectOption('group');
    expect(await kind.inputValue()).toBe('batch');
    await kind.focus();
    await kind.selectOption('group');
    await page.getByText('Ready to train.').waitFor();
    expect(questions[0]).toMatch(/^This ends the run after \d+ of 320 steps\. Begin another\?$/);
    expect(await kind.evaluate((field) => field === document.activeElement)).toBe(true);
  });

  /** A file with an image of one color. */
  async function imageOf(name: string, [r, g, b]: readonly [number, number, number]) {
    const channels = { create: { width: 90, height: 60, channels: 3, background: { r, g, b } } } as const;
    return { name, mimeType: 'image/png', buffer: await sharp(channels).png().toBuffer() };
  }

  /** The middle of the image that the page shows: red, green, blue, opacity. */
  function middlePixel(page: Page): Promise<number[]> {
    return page
      .locator('canvas')
      .evaluate((canvas) => [
        ...(canvas as HTMLCanvasElement).getContext('2d')!.getImageData(16, 16, 1, 1).data,
      ]);
  }

  it('classifies an image of one’s own', async () => {
    const page = await open();
    const image = await imageOf('square.png', [20, 40, 200]);
    await page.getByLabel('Choose an image, or drop one here').setInputFiles(image);
    const classes = 'checks|crescent|cross|disc|dots|ring|square|star|stripes|triangle';
    const guess = page.locator('#guess');
    await guess.waitFor();
    expect(await guess.textContent()).toMatch(new RegExp(`^(${classes}), \\d+ %$`));
    expect(await middlePixel(page)).toEqual([20, 40, 200, 255]);
  });

  it('shows the image that was chosen last, also if an earlier one is read later', async () => {
    const page = await open();
    const first = await page.evaluateHandle(() => {
      const read = createImageBitmap as (image: ImageBitmapSource) => Promise<ImageBitmap>;
      let release = () => {};
      const isReleased = new Promise<void>((resolve) => {
        release = resolve;
      });
      const images: Promise<ImageBitmap>[] = [];
      window.createImageBitmap = (image: ImageBitmapSource) => {
        images.push(images.length === 0 ? isReleased.then(() => read(image)) : read(image));
        return images.at(-1)!;
      };
      return { release, images };
    });
    const input = page.getByLabel('Choose an image, or drop one here');
    await input.setInputFiles(await imageOf('red.png', [200, 40, 20]));
    await input.setInputFiles(await imageOf('blue.png', [20, 40, 200]));
    const guess = page.locator('#guess');
    await guess.waitFor();
    const words = await guess.textContent();
    await first.evaluate(async ({ release, images: [image] }) => {
      release();
      await image;
      // A page that takes it draws it now.
      await new Promise((resolve) => setTimeout(resolve));
    });
    expect(await middlePixel(page)).toEqual([20, 40, 200, 255]);
    expect(await guess.textContent()).toBe(words);
  });

  it('checks the laws, until it is stopped', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Check the laws' }).click();
    await page.locator('tbody tr').nth(11).waitFor({ timeout: 300_000 });
    await page.getByRole('button', { name: 'Stop the laws' }).click();
    await page.getByText(/\d+ checked, all hold\.$/).waitFor();
    expect(await page.locator('tbody .falls').count()).toBe(0);
  });

  it.each([
    ['a phone', { viewport: { width: 360, height: 740 } }],
    ['a dark phone on its side', { viewport: { width: 740, height: 360 }, colorScheme: 'dark' }],
  ] as const)('fits %s', async (_, options) => {
    const page = await open(options);
    const { content, window: shown } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      window: document.documentElement.clientWidth,
    }));
    expect(content).toBeLessThanOrEqual(shown);
    const [red] = (
      await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    ).match(/\d+/g)!;
    expect(Number(red) < 128).toBe('colorScheme' in options);
  });

  it('can be used by keyboard and screen reader: Lighthouse finds nothing', async () => {
    const result = await lighthouse(address, {
      port: debuggingPort,
      onlyCategories: ['accessibility'],
      logLevel: 'error',
    });
    const { audits, categories } = result!.lhr;
    const failed = Object.values(audits).filter(({ score }) => score !== null && score < 1);
    expect(failed.map(({ id }) => id)).toEqual([]);
    expect(categories.accessibility!.score).toBe(1);
  });

  it.each(['cbn-lconv-nobn', 'none'])('opens every network under %s', async (placement) => {
    const page = await open();
    await choose(page, 'Placement of norms', placement);
    for (const network of ['nin', 'all-cnn']) await choose(page, 'Network', network);
    const invariant = placement === 'none' ? 'so nothing here is invariant' : 'Measured dots';
    await page.getByText(invariant).waitFor();
  });

  it('says why no network opens, also if a training waits for it', async () => {
    const { browser } = chromium as { readonly browser: Browser };
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    // The network opens in a worker, which comes only after the click: with the failure, the button is disabled.
    let isClicked = () => {};
    const clicked = new Promise<void>((resolve) => {
      isClicked = resolve;
    });
    let heldBack = 0;
    await page.route(/worker[^/]*\.js$/, async (route) => {
      heldBack++;
      await clicked;
      await route.continue();
    });
    await page.goto(`${server.origin}/without-wasm/index.html`);
    await page.getByRole('button', { name: 'Train' }).click();
    isClicked();
    await page.getByText(/^No network is open/).waitFor();
    expect(heldBack).toBe(1);
    expect(await page.getByRole('alert').textContent()).toMatch(/WebAssembly/);
    expect(await page.getByRole('button', { name: 'Train' }).isDisabled()).toBe(true);
  });

  it('a training that waits for a network does not begin if another network is chosen meanwhile', async () => {
    const page = await open();
    await choose(page, 'Width', '0.05');
    await choose(page, 'Epochs', '1');
    const heard = await hear(page);
    // In one turn of the page, so that the first of these networks is still being opened at the second change.
    await page.evaluate(() => {
      const change = (label: string, choice: string) => {
        const labels = [...document.querySelectorAll('label')];
        const field = labels.find((each) => each.textContent!.startsWith(label))!.querySelector('select')!;
        field.selectedIndex = [...field.options].findIndex(({ value }) => value === choice);
        field.dispatchEvent(new Event('change', { bubbles: true }));
      };
      change('Kind of norm', 'group');
      document.querySelector<HTMLElement>('button.main')!.click();
      change('Network', 'nin');
    });
    await page.locator('.figures dd', { hasText: /^nin$/ }).waitFor();
    await isIdle(page);
    expect(await heard()).toEqual(['Opening …', 'Ready to train.']);
  });

  it('a training that waits for a network does not begin if files are opened before it', async () => {
    const page = await open();
    await choose(page, 'Width', '0.05');
    await page.getByRole('button', { name: 'Make the files' }).click();
    await page.getByRole('link', { name: 'config.json' }).waitFor();
    const heard = await hear(page);
    await page.evaluate(async () => {
      const chosen = new DataTransfer();
      for (const { href, download } of document.querySelectorAll<HTMLAnchorElement>('.links a')) {
        chosen.items.add(new File([await (await fetch(href)).blob()], download));
      }
      const input = document.querySelector<HTMLInputElement>('input[accept$=safetensors]')!;
      // In one turn of the page, so that the network is still being opened.
      document.querySelector<HTMLElement>('button.main + button')!.click();
      input.files = chosen.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
      document.querySelector<HTMLElement>('button.main')!.click();
    });
    await said(page, /^(Opened|Trained|Stopped)/);
    await isIdle(page);
    expect((await heard()).at(-1)).toMatch(/^Opened: /);
  });

  it('says why a training failed, and begins anew', async () => {
    const page = await open();
    await choose(page, 'Placement of norms', 'none');
    await choose(page, 'Learning rate', '100');
    await page.getByRole('button', { name: 'Train' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/^trainStep: .*learning rate/);
    // The figures are those of the network, which is at the last step that was measured.
    await said(page, /^Stopped after 0 steps\.$/);
    expect(await page.locator('.figures dd').first().textContent()).toBe('0 of 320');
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await page.getByText('Ready to train.').waitFor();
    expect(await alert.count()).toBe(0);
  });
});
