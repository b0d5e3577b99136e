import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countRecords } from '../../harness/runs/planned.ts';
import { type SyntheticOptions, syntheticRun } from '../../harness/runs/synthetic-run.fixture.ts';
import { samplesCsv } from '../csv.ts';
import { summarise } from '../summary.ts';
import { namesOf, type ReportBrowser, startBrowser, textOf } from './browser.fixture.ts';

const BOTH: SyntheticOptions = { platforms: ['control', 'faasd 0.19.0'], levels: ['L1', 'L2'], samplesPerCell: 10 };

let browser: ReportBrowser;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());

/** Texts of one column of the result table, top to bottom. */
function column(page: Page, index: number): Promise<string[]> {
  return page.locator(`#result-table tbody tr > :nth-child(${index})`).allTextContents();
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

/** Colour of the first chart's background: red, green, blue, opacity. */
function corner(page: Page): Promise<number[]> {
  return page
    .locator('canvas')
    .first()
    .evaluate((node) => {
      if (!('getContext' in node) || typeof node.getContext !== 'function') return [];
      return [...node.getContext('2d').getImageData(1, 1, 1, 1).data];
    });
}

describe('the HTML report in Chromium', () => {
  test('opens from a file without an error and without any request', async () => {
    const { page, complaints } = await browser.open(syntheticRun(BOTH));
    expect(complaints).toEqual([]);
    expect(await page.title()).toMatch(/^control and faasd 0\.19\.0: cold start of /);
    expect(await textOf(page, 'h1')).toBe(await page.title());
    await page.close();
  });

  test('shows the summary’s own numbers in one row per platform, level and function', async () => {
    const run = syntheticRun(BOTH);
    const { page } = await browser.open(run);
    const { cells } = summarise(run);
    expect(await page.locator('#result-table tbody tr').count()).toBe(cells.length);
    const medians = (await column(page, 2)).map((text) => Number.parseFloat(text));
    expect(medians).toEqual(cells.map((cell) => Number(((cell.median.valueNs ?? 0) / 1e6).toFixed(1))));
    await page.close();
  });

  test('says of each function what it was built with, and of others why they could not be had', async () => {
    const run = syntheticRun(BOTH);
    const unavailable = [{ function: 'go-hello-of', reason: 'needs of-watchdog' }];
    const { page } = await browser.open({ ...run, manifest: { ...run.manifest, unavailable } });
    const list = page.locator('details', { has: page.getByText('hyper 1.12.0 (cargo)') }).last();
    expect(await list.locator('summary').textContent()).toBe('1');
    expect(await page.locator('.unavailable').textContent()).toBe('go-hello-of: unavailable, needs of-watchdog');
    await page.close();
  });

  test('draws something on every chart and gives each the same data as a table', async () => {
    const { page } = await browser.open(syntheticRun({ ...BOTH, blocks: 2 }));
    const colours = await coloursOnCharts(page);
    expect(colours.length).toBeGreaterThanOrEqual(10);
    expect(Math.min(...colours)).toBeGreaterThan(5);
    const figures = page.locator('figure');
    for (let i = 0; i < (await figures.count()); i++) {
      expect(await figures.nth(i).locator('canvas').getAttribute('aria-label')).toMatch(/\w+/);
      await figures.nth(i).getByText('Data as a table').click();
      await expect.poll(() => figures.nth(i).locator('table tbody tr').count()).toBeGreaterThan(0);
    }
    await page.close();
  });

  test('sorts by a click on a heading, turns round on the second, and by keyboard', async () => {
    const { page } = await browser.open(syntheticRun(BOTH));
    const medians = async () => (await column(page, 2)).map((text) => Number.parseFloat(text));
    const ascending = (await medians()).toSorted((a, b) => a - b);
    expect(await medians()).not.toEqual(ascending);
    // The order follows the address, whose change the page hears of a moment later.
    await page.click('[data-sort=median]');
    await expect.poll(medians).toEqual(ascending);
    expect(await page.locator('th:has([data-sort=median])').getAttribute('aria-sort')).toBe('ascending');
    await page.click('[data-sort=median]');
    await expect.poll(medians).toEqual(ascending.toReversed());
    await page.locator('[data-sort=function]').focus();
    await page.keyboard.press('Enter');
    await expect.poll(async () => [...new Set((await namesOf(page)).slice(0, 4))]).toEqual(['rust-hello']);
    expect(await page.evaluate("document.activeElement?.getAttribute('data-sort')")).toBe('function');
    await page.close();
  });

  test('puts what was never answered after every number, and what was not measured last', async () => {
    const run = syntheticRun({ functions: ['go-hello', 'node-hello', 'rust-hello'], samplesPerCell: 6 });
    const records = run.records.flatMap((record): (typeof record)[] => {
      if (record.kind !== 'coldstart' || record.function === 'rust-hello') return [record];
      if (record.function === 'node-hello') return [];
      return [{ ...record, verdict: 'failed', origin: 'provider', totalNs: null, residualNs: null }];
    });
    const { page } = await browser.open({ ...run, records }, '#sort=median');
    expect(await namesOf(page)).toEqual(['rust-hello', 'go-hello', 'node-hello']);
    expect(await column(page, 2)).toEqual([expect.stringMatching(/^\d/), expect.stringMatching(/^never/), '–']);
    await page.close();
  });

  test('takes its filters from the address and puts them there', async () => {
    const { page } = await browser.open(
      syntheticRun(BOTH),
      '#level=L2&platform=control&function=go-hello&function=rust-hello',
    );
    expect(await namesOf(page)).toEqual(['rust-hello', 'go-hello']);
    expect(await page.locator('.under-name').allTextContents()).toEqual([
      'control L2 container',
      'control L2 container',
    ]);
    await page.getByLabel('go-hello', { exact: true }).uncheck();
    await expect.poll(() => namesOf(page)).toEqual(['rust-hello']);
    expect(new URL(page.url()).hash).toBe('#platform=control&level=L2&function=rust-hello');
    await page.getByLabel('logarithmic').check();
    await expect.poll(() => new URL(page.url()).hash).toContain('log=1');
    await page.close();
  });

  test('ignores an address that this run does not know', async () => {
    const { page, complaints } = await browser.open(
      syntheticRun(BOTH),
      '#function=nothing&level=%3Cb%3E&sort=constructor&platform',
    );
    expect((await namesOf(page)).length).toBe(16);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says what the machines were where that limits what the numbers stand for', async () => {
    const run = syntheticRun({ platforms: ['faasd 0.19.0'], samplesPerCell: 2 });
    const machine = {
      platform: 'faasd 0.19.0',
      flavor: 'm1.small',
      image: null,
      golden: true,
      hypervisor: null,
      mtu: 1450,
    };
    const machines = [{ ...machine, virtualisation: 'lxc-libvirt' }];
    const { page, complaints } = await browser.open({ ...run, manifest: { ...run.manifest, machines } });
    expect(await textOf(page, '.banner.machines')).toContain('shared kernel, not a VM');
    // biome-ignore lint/performance/useDomNodeTextContent: textContent would hold the page's scripts and data, too
    expect(await page.locator('body').innerText()).not.toContain('[object');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says on every page with control that its numbers are not faasd’s, and only there', async () => {
    const control = await browser.open(syntheticRun({ platforms: ['control --like faasd'], samplesPerCell: 2 }));
    expect(await textOf(control.page, '.banner')).toContain('These are not faasd’s numbers');
    expect(await textOf(control.page, '.banner')).toContain('deviates on purpose: no-readiness, leak-cni');
    await control.page.close();
    const mixed = await browser.open(syntheticRun(BOTH));
    expect(await textOf(mixed.page, '.banner')).toContain('Rows marked control are not faasd’s numbers');
    expect(await mixed.page.locator('#result-table .tag.faasd').count()).toBe(8);
    await mixed.page.close();
    const faasd = await browser.open(syntheticRun({ platforms: ['faasd 0.19.0'], samplesPerCell: 2 }));
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
      judged: countRecords(run.records),
      exitCode: 3,
    };
    const { page } = await browser.open({ ...run, verdict });
    expect(await textOf(page, '#badge')).toBe('invalid');
    expect(await textOf(page, '.no-result')).toContain('its numbers are not results');
    expect(await textOf(page, '#facts')).toContain('steal 9 % (limit 2 %). Use a quieter host.');
    await page.close();
  });

  test('gives the samples as CSV and the summary as JSON', async () => {
    const run = syntheticRun({ samplesPerCell: 6 });
    const { page, complaints } = await browser.open(run);
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
    const { page } = await browser.open(run, '', { colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(16, 22, 29)');
    expect(await corner(page)).toEqual([24, 32, 42, 255]);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForTimeout(100);
    expect(await corner(page)).toEqual([255, 255, 255, 255]);
    await page.close();
  });

  test('prints on white without controls, from dark too', async () => {
    const { page, complaints } = await browser.open(syntheticRun({ samplesPerCell: 6 }), '', { colorScheme: 'dark' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await expect.poll(() => corner(page)).toEqual([255, 255, 255, 255]);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    await expect.poll(() => corner(page)).toEqual([24, 32, 42, 255]);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('#save-csv').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('never scrolls sideways as a page, at 1280 and at 400 pixels', async () => {
    const functions = ['rust-hello', `node-${'long'.repeat(20)}-hello`];
    for (const width of [1280, 400]) {
      const { page } = await browser.open(syntheticRun({ ...BOTH, functions }), '', {
        viewport: { width, height: 800 },
      });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.close();
    }
  });

  test('shows the text tables where scripts are off', async () => {
    const { page } = await browser.open(syntheticRun({ samplesPerCell: 6 }), '', { javaScriptEnabled: false });
    expect(await textOf(page, 'noscript pre')).toContain('L1 rust-hello');
    await page.close();
  });
});
