import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SyntheticOptions, syntheticRun } from '../../harness/runs/fixtures/synthetic-run.ts';
import type { Run } from '../../harness/runs/read.ts';
import { samplesCsv } from '../csv.ts';
import { summarise } from '../summary.ts';
import { embedJson, escapeHtml, renderHtml } from './render.ts';

const CHROMIUM = process.env['GIVRE_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const BACKGROUND = ['--disable-background-networking', '--disable-component-update'];
const BOTH: SyntheticOptions = { platforms: ['control', 'faasd 0.19.0'], levels: ['L1', 'L2'], samplesPerCell: 10 };

let browser: Browser;
let folder: string;
let pages = 0;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`these tests need Chromium at ${CHROMIUM}; set GIVRE_CHROMIUM to another`);
  folder = await mkdtemp(join(tmpdir(), 'givre-html-'));
  browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...BACKGROUND] });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly file: string;
  /** Console errors, exceptions, dialogs and requests to anything but the file itself. */
  readonly complaints: string[];
}

async function open(run: Run, hash = '', context: BrowserContextOptions = {}): Promise<Opened> {
  const file = join(folder, `${pages++}.html`);
  await writeFile(file, await renderHtml(run, summarise(run)));
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...context });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(pathToFileURL(file).href) && !request.url().startsWith('data:')) {
      complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(pathToFileURL(file).href + hash);
  await page.waitForFunction(() => 'Chart' in globalThis);
  await page.waitForTimeout(100);
  return { page, file, complaints };
}

/** Texts of one column of the result table, top to bottom. */
function column(page: Page, index: number): Promise<string[]> {
  return page.locator('#result-table tbody tr').locator(`:nth-child(${index})`).allInnerTexts();
}

function names(page: Page): Promise<string[]> {
  return page
    .locator('#result-table tbody th')
    .evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent ?? ''));
}

/** Is anything drawn on this canvas besides its background? Counts the colours of its pixels. */
function coloursOnCharts(page: Page): Promise<number[]> {
  return page.locator('canvas').evaluateAll((nodes) =>
    nodes.map((node) => {
      if (!('getContext' in node) || typeof node.getContext !== 'function') return 0;
      const { data } = node.getContext('2d').getImageData(0, 0, node.width, node.height);
      const colours = new Set();
      for (let i = 0; i < data.length; i += 4) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return colours.size;
    }),
  );
}

describe('the HTML report in Chromium', () => {
  test('opens from a file without an error and without any request', async () => {
    const { page, complaints } = await open(syntheticRun(BOTH));
    expect(complaints).toEqual([]);
    expect(await page.title()).toMatch(/^control and faasd 0\.19\.0: cold start of /);
    expect(await page.locator('h1').innerText()).toBe(await page.title());
    await page.close();
  });

  test('shows the summary’s own numbers in one row per platform, level and function', async () => {
    const run = syntheticRun(BOTH);
    const { page } = await open(run);
    const { cells } = summarise(run);
    expect(await page.locator('#result-table tbody tr').count()).toBe(cells.length);
    const medians = (await column(page, 2)).map((text) => Number.parseFloat(text));
    expect(medians).toEqual(cells.map((cell) => Number(((cell.median.valueNs ?? 0) / 1e6).toFixed(1))));
    await page.close();
  });

  test('draws something on every chart and gives each the same data as a table', async () => {
    const { page } = await open(syntheticRun({ ...BOTH, blocks: 2 }));
    const colours = await coloursOnCharts(page);
    expect(colours.length).toBeGreaterThanOrEqual(10);
    expect(Math.min(...colours)).toBeGreaterThan(5);
    const figures = page.locator('figure');
    for (let i = 0; i < (await figures.count()); i++) {
      expect(await figures.nth(i).locator('canvas').getAttribute('aria-label')).toMatch(/\w+/);
      expect(await figures.nth(i).locator('table tbody tr').count()).toBeGreaterThan(0);
    }
    await page.close();
  });

  test('sorts by a click on a heading, turns round on the second, and by keyboard', async () => {
    const { page } = await open(syntheticRun(BOTH));
    const medians = async () => (await column(page, 2)).map((text) => Number.parseFloat(text));
    const ascending = (await medians()).toSorted((a, b) => a - b);
    expect(await medians()).not.toEqual(ascending);
    await page.click('[data-sort=median]');
    expect(await medians()).toEqual(ascending);
    expect(await page.locator('th:has([data-sort=median])').getAttribute('aria-sort')).toBe('ascending');
    await page.click('[data-sort=median]');
    expect(await medians()).toEqual(ascending.toReversed());
    await page.locator('[data-sort=function]').focus();
    await page.keyboard.press('Enter');
    expect(new Set((await names(page)).slice(0, 4))).toEqual(new Set(['rust-hello']));
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-sort'))).toBe('function');
    await page.close();
  });

  test('takes its filters from the address and puts them there', async () => {
    const { page } = await open(syntheticRun(BOTH), '#level=L2&platform=control&function=go-hello&function=rust-hello');
    expect(await names(page)).toEqual(['rust-hello', 'go-hello']);
    expect(await page.locator('.under-name').allInnerTexts()).toEqual(['control L2 container', 'control L2 container']);
    await page.getByLabel('go-hello', { exact: true }).uncheck();
    expect(await names(page)).toEqual(['rust-hello']);
    expect(new URL(page.url()).hash).toBe('#platform=control&level=L2&function=rust-hello');
    await page.getByLabel('logarithmic').check();
    expect(new URL(page.url()).hash).toContain('log=1');
    await page.close();
  });

  test('ignores an address that this run does not know', async () => {
    const { page, complaints } = await open(
      syntheticRun(BOTH),
      '#function=nothing&level=%3Cb%3E&sort=constructor&platform',
    );
    expect((await names(page)).length).toBe(16);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says on every page with control that its numbers are not faasd’s, and only there', async () => {
    const control = await open(syntheticRun({ platforms: ['control --like faasd'], samplesPerCell: 2 }));
    expect(await control.page.locator('.banner').innerText()).toContain('These are not faasd’s numbers');
    expect(await control.page.locator('.banner').innerText()).toContain('deviates on purpose: no-readiness, leak-cni');
    await control.page.close();
    const mixed = await open(syntheticRun(BOTH));
    expect(await mixed.page.locator('.banner').innerText()).toContain('Rows marked control are not faasd’s numbers');
    expect(await mixed.page.locator('#result-table .tag.faasd').count()).toBe(8);
    await mixed.page.close();
    const faasd = await open(syntheticRun({ platforms: ['faasd 0.19.0'], samplesPerCell: 2 }));
    expect(await faasd.page.locator('.banner').count()).toBe(0);
    expect(await faasd.page.title()).toMatch(/^faasd 0\.19\.0: /);
    await faasd.page.close();
  });

  test('shows an invalid run as invalid, with the gate and what to do', async () => {
    const run = syntheticRun({ samplesPerCell: 6 });
    const gate = {
      id: 'steal',
      status: 'failed' as const,
      measured: 'steal 9 % (limit 2 %)',
      hint: 'Use a quieter host.',
    };
    const verdict = {
      schemaVersion: 1 as const,
      status: 'invalid' as const,
      summary: 'a gate failed',
      gates: [gate],
      exitCode: 3,
    };
    const { page } = await open({ ...run, verdict });
    expect(await page.locator('#badge').innerText()).toBe('invalid');
    expect(await page.locator('#facts').innerText()).toContain('steal 9 % (limit 2 %). Use a quieter host.');
    await page.close();
  });

  test('gives the samples as CSV and the summary as JSON', async () => {
    const run = syntheticRun({ samplesPerCell: 6 });
    const { page, complaints } = await open(run);
    const saved = async (button: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
      return readFile(await download.path(), 'utf8');
    };
    expect(await saved('#save-csv')).toBe(samplesCsv(run));
    expect(JSON.parse(await saved('#save-json'))).toEqual(JSON.parse(JSON.stringify(summarise(run))));
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('follows the dark preference, charts included', async () => {
    const run = syntheticRun({ samplesPerCell: 6 });
    const corner = (page: Page) =>
      page
        .locator('canvas')
        .first()
        .evaluate((node) => {
          if (!('getContext' in node) || typeof node.getContext !== 'function') return [];
          return [...node.getContext('2d').getImageData(1, 1, 1, 1).data];
        });
    const { page } = await open(run, '', { colorScheme: 'dark' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(16, 22, 29)');
    expect(await corner(page)).toEqual([24, 32, 42, 255]);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForTimeout(100);
    expect(await corner(page)).toEqual([255, 255, 255, 255]);
    await page.close();
  });

  test('prints on white without controls, from dark too', async () => {
    const { page, complaints } = await open(syntheticRun({ samplesPerCell: 6 }), '', { colorScheme: 'dark' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('#save-csv').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('never scrolls sideways as a page, at 1280 and at 400 pixels', async () => {
    const functions = ['rust-hello', `node-${'long'.repeat(20)}-hello`];
    for (const width of [1280, 400]) {
      const { page } = await open(syntheticRun({ ...BOTH, functions }), '', { viewport: { width, height: 800 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    }
  });

  test('shows the text tables where scripts are off', async () => {
    const { page } = await openWithoutScripts(syntheticRun({ samplesPerCell: 6 }));
    expect(await page.locator('noscript pre').innerText()).toContain('L1 rust-hello');
    await page.close();
  });
});

describe('hostile and thin runs', () => {
  test('names that look like markup or placeholders stay text', async () => {
    const functions = [
      '</script><script>alert(1)</script>',
      '<img src=x onerror=alert(2)>',
      '{{data}}',
      '" onmouseover="alert(3)',
      '__proto__',
    ];
    const run = syntheticRun({ functions, platforms: ['control <b>bold</b>'], samplesPerCell: 6 });
    const { page, complaints } = await open(run);
    expect(complaints).toEqual([]);
    expect(await names(page)).toEqual(functions);
    expect(await page.locator('img, b').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    await page.close();
  });

  test('a script that got into the page would not run', async () => {
    const run = syntheticRun({ samplesPerCell: 2 });
    const html = (await renderHtml(run, summarise(run))).replace(
      '</body>',
      '<script>window.injected = 1</script></body>',
    );
    const file = join(folder, 'injected.html');
    await writeFile(file, html);
    const page = await browser.newPage();
    const refusals: string[] = [];
    page.on('console', (message) => refusals.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    expect(await page.evaluate(() => 'injected' in window)).toBe(false);
    expect(refusals.join('\n')).toContain('Content Security Policy');
    await page.close();
  });

  test.each([
    ['no sample at all', 0],
    ['one sample', 2],
    ['a few samples, as a killed run leaves them', 25],
  ])('a run with %s is shown as unfinished without an error', async (_, records) => {
    const killed = syntheticRun({ killed: true });
    const kept =
      records === 2
        ? killed.records.filter((it) => it.kind === 'coldstart').slice(0, 1)
        : killed.records.slice(0, records);
    const problem = { file: 'samples.ndjson', line: records, message: 'is cut off' };
    const { page, complaints } = await open({ ...killed, records: kept, problems: [problem] });
    expect(complaints).toEqual([]);
    expect(await page.locator('#badge').innerText()).toBe('unfinished');
    expect(await page.locator('#facts').innerText()).toContain('of 160 samples are there');
    expect(await page.locator('.problems').innerText()).toContain('is cut off');
    expect(await page.locator('#result-table tbody tr').count()).toBe(4);
    await page.close();
  });
});

test('embedded JSON holds nothing that could end its element, and reads back the same', () => {
  const data = { text: '</script><!--<script>&\u2028\u2029' };
  expect(embedJson(data)).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(embedJson(data))).toEqual(data);
  expect(escapeHtml(`<a href="x" class='y'>&`)).toBe('&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;&amp;');
});

async function openWithoutScripts(run: Run): Promise<{ page: Page }> {
  const file = join(folder, `${pages++}.html`);
  await writeFile(file, await renderHtml(run, summarise(run)));
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(pathToFileURL(file).href);
  return { page };
}
