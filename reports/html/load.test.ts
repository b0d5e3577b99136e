import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countRecords } from '../../harness/runs/planned.ts';
import { type SyntheticLoadOptions, syntheticLoadRun } from '../../harness/runs/synthetic-load.fixture.ts';
import { syntheticRun } from '../../harness/runs/synthetic-run.fixture.ts';
import { emptyHistogram } from '../../harness/statistics/histogram.ts';
import { WRITTEN_CSV, writtenLoadRun } from '../load-csv.fixture.ts';
import { summarise } from '../summary.ts';
import { type ReportBrowser, startBrowser, textOf } from './browser.fixture.ts';
import { percentilesOf } from './load-data.ts';

const EVERYTHING: SyntheticLoadOptions = {
  scenarios: ['latency', 'payload', 'throughput', 'soak', 'memory', 'burst'],
  platforms: ['control', 'faasd 0.19.0'],
  rates: [50, 200],
  payloads: [0, 65_536],
  seconds: 4,
  invalidTrials: [0],
};
const LOAD = ['load', 'load-comparison', 'capacity', 'load-shape', 'load-time', 'burst', 'footprint'];
const COLD = ['results', 'comparison', 'phases', 'distribution', 'first-answers', 'machine', 'memory'];

let browser: ReportBrowser;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());

function sectionsOf(page: Page): Promise<string[]> {
  return page.locator('main > section:not([hidden])').evaluateAll((nodes) => nodes.map((node) => node.id));
}

/** Texts of one column of a scenario's table, top to bottom. */
function column(page: Page, scenario: string, index: number): Promise<string[]> {
  return page.locator(`#load-${scenario} tbody tr > :nth-child(${index})`).allTextContents();
}

describe('the HTML report of load in Chromium', () => {
  test('opens from a file without an error, with all sections of load and none of cold starts', async () => {
    const { page, complaints } = await browser.open(syntheticLoadRun(EVERYTHING));
    expect(complaints).toEqual([]);
    expect(await page.title()).toMatch(/^control and faasd 0\.19\.0: latency, payload, .* and burst of rust-hello, go/);
    expect((await sectionsOf(page)).toSorted()).toEqual([...LOAD, 'about'].toSorted());
    expect(await page.getAttribute('#skip', 'href')).toBe('#load');
    // biome-ignore lint/performance/useDomNodeTextContent: textContent would hold the page's scripts and data, too
    expect(await page.locator('body').innerText()).not.toMatch(/\[object|undefined|NaN|cold start/);
    await page.close();
  });

  test('says what was sent, and what is left out although the rest stands', async () => {
    const body = { from: 'file', name: '<b>.json', contentType: 'text/csv', checked: 'status' } as const;
    const run = syntheticLoadRun({ rates: [50, 100], body, invalidTrials: [0] });
    const gates = [{ id: 'dropped', status: 'failed', measured: '12', hint: 'more', scope: 'measurement' } as const];
    const verdict = {
      schemaVersion: 1 as const,
      status: 'invalid' as const,
      summary: 'x',
      gates,
      judged: countRecords(run.records),
      exitCode: 3,
    };
    const { page, complaints } = await browser.open({ ...run, verdict });
    expect(complaints).toEqual([]);
    expect(await textOf(page, '#sent-body')).toContain('POST with 0 bytes: file <b>.json, text/csv; of each answer');
    expect(await textOf(page, '.no-result')).toMatch(
      /not valid as a whole.*left out: control latency \S+ gateway 50\/s: 1 of 1 failed dropped/,
    );
    expect(await textOf(page, '#badge')).toBe('invalid');
    await page.close();
  });

  test('has no section of load for a run of cold starts', async () => {
    const { page, complaints } = await browser.open(
      syntheticRun({ samplesPerCell: 4, platforms: ['control', 'faasd'] }),
    );
    expect(complaints).toEqual([]);
    expect((await sectionsOf(page)).toSorted()).toEqual([...COLD, 'about'].toSorted());
    expect(await page.locator('#save-load-csv').count()).toBe(0);
    await page.close();
  });

  test('shows the summary’s own numbers, and dashes and the reason instead of an invalid measurement’s', async () => {
    const run = syntheticLoadRun({ rates: [50, 100, 200], functions: ['rust-hello'], invalidTrials: [1] });
    const { page } = await browser.open(run);
    const shown = (await column(page, 'latency', 3)).map((text) => Number.parseFloat(text));
    const { loads } = summarise(run);
    const [first, invalid, last] = loads.map((cell) => cell.latency.p50Ns.value);
    expect(invalid).toBeNull();
    expect(shown).toEqual([
      Number(((first ?? 0) / 1e6).toFixed(2)),
      Number.NaN,
      Number(((last ?? 0) / 1e6).toFixed(2)),
    ]);
    expect((await column(page, 'latency', 3))[1]).toBe('–');
    expect((await column(page, 'latency', 2))[1]).toBe('✗ invalid dropped');
    expect(await textOf(page, '.invalid')).toContain('dropped: 12 requests were dropped (limit 0). What is not sent');
    await page.close();
  });

  test('draws something on every chart and gives each the same data as a table', async () => {
    const { page } = await browser.open(syntheticLoadRun({ ...EVERYTHING, platforms: ['control'] }));
    const figures = page.locator('figure');
    expect(await figures.count()).toBeGreaterThanOrEqual(8);
    for (let i = 0; i < (await figures.count()); i++) {
      const drawn = await figures
        .nth(i)
        .locator('canvas')
        .evaluate((node) => {
          if (!('getContext' in node) || typeof node.getContext !== 'function') return 0;
          const { data } = node.getContext('2d').getImageData(0, 0, node.width, node.height);
          return new Set(new Uint32Array(data.buffer)).size;
        });
      expect(drawn).toBeGreaterThan(5);
      await figures.nth(i).getByText('Data as a table').click();
      await expect.poll(() => figures.nth(i).locator('table tbody tr').count()).toBeGreaterThan(0);
    }
    await page.close();
  });

  test('sorts each scenario’s table by a click', async () => {
    const { page } = await browser.open(syntheticLoadRun({ rates: [200, 50] }));
    const medians = async () => (await column(page, 'latency', 3)).map((text) => Number.parseFloat(text));
    const ascending = (await medians()).toSorted((a, b) => a - b);
    expect(await medians()).not.toEqual(ascending);
    await page.click('#load-latency [data-sort=latency-p50]');
    await expect.poll(medians).toEqual(ascending);
    await page.click('#load-latency [data-sort=latency-p50]');
    await expect.poll(medians).toEqual(ascending.toReversed());
    await page.close();
  });

  test('shows the measurement that the address names over time, and says when it is invalid', async () => {
    const { page } = await browser.open(syntheticLoadRun({ rates: [50, 100], invalidTrials: [1] }), '#trial=1');
    expect(await textOf(page, '#load-time')).toContain('This measurement is invalid');
    await page.selectOption('#trial', '2');
    await expect.poll(() => new URL(page.url()).hash).toBe('#trial=2');
    await expect.poll(() => textOf(page, '#load-time')).not.toContain('This measurement is invalid');
    await page.close();
  });

  test('says in words what a memory limit did, and marks one that was not respected', async () => {
    const run = syntheticLoadRun({ functions: ['rust-hello', 'go-hello'], scenarios: ['memory'] });
    const records = run.records.map((record) =>
      record.kind === 'memory-limit' && record.function === 'go-hello' && record.excess !== null
        ? { ...record, excess: { ...record.excess, given: true, oomEvents: 0, exitStatus: null } }
        : record,
    );
    const { page, complaints } = await browser.open({ ...run, records });
    expect(complaints).toEqual([]);
    const row = (name: string) => page.locator('[aria-label="Memory limits"] tbody tr', { hasText: name });
    expect(await row('rust-hello').textContent()).toContain('limit respected: asked for 128.0 MiB, it was killed (1 ×');
    expect(await row('rust-hello').locator('.bad').count()).toBe(0);
    expect(await row('go-hello').textContent()).toContain('LIMIT NOT RESPECTED: asked for 128.0 MiB, it got them');
    expect(await row('go-hello').locator('.bad').allTextContents()).toEqual(['NOT RESPECTED']);
    await page.close();
  });

  test('filters what belongs to a function', async () => {
    const { page } = await browser.open(syntheticLoadRun(EVERYTHING), '#function=go-hello&platform=control');
    for (const section of ['load', 'capacity', 'burst', 'footprint']) {
      const names = await page.locator(`#${section} table`).first().locator('tbody th').allTextContents();
      expect(names.length).toBeGreaterThan(0);
      expect(names.every((name) => name.startsWith('go-hello'))).toBe(true);
    }
    await page.close();
  });

  test('gives the measurements as CSV', async () => {
    const { page } = await browser.open(writtenLoadRun());
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-load-csv')]);
    expect(await readFile(await download.path(), 'utf8')).toBe(WRITTEN_CSV);
    expect(await page.locator('#save-csv').count()).toBe(0);
    await page.close();
  });

  test('never scrolls sideways as a page, at 1280 and at 400 pixels, in the dark and for print', async () => {
    const functions = ['rust-hello', `node-${'long'.repeat(20)}-hello`];
    for (const width of [1280, 400]) {
      const { page, complaints } = await browser.open(syntheticLoadRun({ ...EVERYTHING, functions }), '', {
        viewport: { width, height: 800 },
        colorScheme: 'dark',
      });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('#trial').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
      await page.close();
    }
  });

  test('shows a run that was killed before its first measurement without an error', async () => {
    const { page, complaints } = await browser.open({ ...syntheticLoadRun({ killed: true }), records: [] });
    expect(complaints).toEqual([]);
    expect(await textOf(page, '#facts')).toContain('0 measurements of load are there');
    expect(await sectionsOf(page)).toEqual(['about']);
    await page.close();
  });
});

test('percentiles are the histogram’s own, as far as its count supports them', () => {
  const histogram = emptyHistogram();
  for (let ms = 1; ms <= 400; ms++) histogram.record(ms * 1e6);
  const points = percentilesOf(histogram);
  expect(points[0]?.[0]).toBe(1);
  const [inverse, ns] = points.find(([it]) => it === 10) ?? [0, 0];
  expect(inverse).toBe(10);
  expect(ns / 1e6).toBeCloseTo(360, 0);
  // p99 needs 368 requests; the next of sixteen points per decade would need more than 400.
  expect(points.at(-1)?.[0]).toBe(100);
  expect(percentilesOf(emptyHistogram())).toEqual([]);
});
