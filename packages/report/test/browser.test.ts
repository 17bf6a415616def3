import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Chromium, openChromium } from '@normlab/pages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderFigures, renderHtml } from '../src/index.js';
import { plantedReport, renamed } from './plantedReport.js';

const folder = mkdtempSync(join(tmpdir(), 'normlab-report-'));
const file = join(folder, 'report.html');
const input = plantedReport();
let chromium: Chromium;

beforeAll(async () => {
  chromium = await openChromium();
  writeFileSync(file, renderHtml(input));
});

afterAll(async () => {
  if ('browser' in chromium) await chromium.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach((test) => {
  if ('reason' in chromium) test.skip(`SKIPPED: ${chromium.reason}`);
});

describe('the report in a browser', () => {
  it.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 390],
  ] as const)(
    'shows every figure and number, without errors: %s, %i pixels wide',
    async (colorScheme, width) => {
      if (!('browser' in chromium)) throw new Error(chromium.reason);
      const page = await chromium.browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      const url = pathToFileURL(file).href;
      await page.goto(url);
      const seen: Seen = await page.evaluate(seenOnPage);
      expect({ complaints, requests }).toEqual({ complaints: [], requests: [url] });
      // 2 groups with accuracy and two curves each; 3 norms, 2 outputs, 4 curves of weights.
      expect(seen.figures).toHaveLength(15);
      for (const { id, width: w, height, marks, strokes } of seen.figures) {
        expect(Math.min(w, height), id).toBeGreaterThan(80);
        expect(marks, id).toBeGreaterThan(0);
        expect(strokes, `${id} is drawn in the colours of its series`).not.toContain('none');
      }
      expect(seen.results).toEqual(JSON.parse(JSON.stringify(input.analysis)));
      // Tables scroll in their own regions, so the page itself is as wide as the window.
      expect(seen.pageWidth).toBe(width);
      const contrast = Math.abs(seen.lightness.ink - seen.lightness.page);
      expect(contrast).toBeGreaterThan(150);
      expect(seen.lightness.page > 128).toBe(colorScheme === 'light');
      await page.close();
    },
  );

  it('reads each figure as a file of its own, whatever characters are in the names', async () => {
    if (!('browser' in chromium)) throw new Error(chromium.reason);
    const page = await chromium.browser.newPage();
    for (const { svg, title, id } of renderFigures(renamed(input, (name) => `${name} $& <a&b> "c"`))) {
      const read = `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml')`;
      expect(await page.evaluate(`${read}.querySelector('parsererror')?.textContent`), id).toBeUndefined();
      expect(await page.evaluate(`${read}.documentElement.getAttribute('aria-label')`), id).toContain(title);
    }
    await page.close();
  });

  it('shows every label of a figure as a whole, however long the names are', async () => {
    if (!('browser' in chromium)) throw new Error(chromium.reason);
    const page = await chromium.browser.newPage();
    await page.setContent(renderHtml(renamed(input, (name) => `weight-standardized-group-${name}`)));
    expect(await page.evaluate(textsOutside)).toEqual([]);
    await page.close();
  });

  it('can be used by keyboard: first the link past the navigation, then every link, table and figure', async () => {
    if (!('browser' in chromium)) throw new Error(chromium.reason);
    const page = await chromium.browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the verdicts');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain(
      'Claims of the paper',
    );
    await page.close();
  });
});

type Seen = {
  figures: { id: string; width: number; height: number; marks: number; strokes: string[] }[];
  results: unknown;
  pageWidth: number;
  lightness: { ink: number; page: number };
};

/** Source of a script for the page; text, because this project's types lack those of a page. */
const seenOnPage = `(() => {
  const lightness = (color) => color.match(/[0-9.]+/g).slice(0, 3).reduce((sum, each) => sum + Number(each) / 3, 0);
  const body = getComputedStyle(document.body);
  return {
    figures: [...document.querySelectorAll('figure')].map((figure) => {
      const svg = figure.querySelector('svg');
      const { width, height } = svg.getBoundingClientRect();
      const marks = [...svg.querySelectorAll('g[aria-label] path, g[aria-label] circle, g[aria-label] line, g[aria-label] rect')]
        .filter((mark) => !mark.closest('[aria-label*="axis"]'));
      const strokes = marks.map((mark) => {
        const { stroke, fill } = getComputedStyle(mark);
        return stroke === 'none' ? fill : stroke;
      });
      return { id: figure.id, width, height, marks: marks.length, strokes };
    }),
    results: JSON.parse(document.querySelector('#results').textContent),
    pageWidth: document.documentElement.scrollWidth,
    lightness: { ink: lightness(body.color), page: lightness(body.backgroundColor) },
  };
})()`;

/** Source of a script for the page: texts that reach over the edges of their figures. */
const textsOutside = `[...document.querySelectorAll('figure svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')]
    .filter((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      return left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom;
    })
    .map((text) => text.textContent);
})`;
