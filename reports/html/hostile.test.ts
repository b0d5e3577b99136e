import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOfText } from '../../harness/runs/every-record.fixture.ts';
import { allHostileWords } from '../../harness/runs/hostile-words.fixture.ts';
import { syntheticRun } from '../../harness/runs/synthetic-run.fixture.ts';
import { summarise } from '../summary.ts';
import { namesOf, type ReportBrowser, startBrowser, textOf } from './browser.fixture.ts';
import { embedJson, escapeHtml, renderHtml } from './render.ts';

let browser: ReportBrowser;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(() => browser.close());

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
    const { page, complaints } = await browser.open(run);
    expect(complaints).toEqual([]);
    expect(await namesOf(page)).toEqual(functions);
    expect(await page.locator('img, b').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    await page.close();
  });

  test('text that is foreign in every field of every record stays text, and cannot turn around what stands beside it', async () => {
    const { page, complaints } = await browser.open(runOfText(allHostileWords));
    expect(complaints).toEqual([]);
    const all = await page.evaluate('document.documentElement.outerHTML');
    expect(String(all)).not.toMatch(/(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(await textOf(page, '#result-table')).toContain('<script>alert(1)</script>');
    expect(await page.locator('img, [onmouseover]').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    await page.close();
  });

  test('a script that got into the page would not run', async () => {
    const run = syntheticRun({ samplesPerCell: 2 });
    const html = (await renderHtml(run, summarise(run))).replace(
      '</body>',
      '<script>window.injected = 1</script></body>',
    );
    const { page, complaints } = await browser.openHtml(html);
    expect(await page.evaluate("'injected' in globalThis")).toBe(false);
    expect(complaints.join('\n')).toContain('Content Security Policy');
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
    const { page, complaints } = await browser.open({ ...killed, records: kept, problems: [problem] });
    expect(complaints).toEqual([]);
    expect(await textOf(page, '#badge')).toBe('unfinished');
    expect(await textOf(page, '#facts')).toContain('of 160 samples are there');
    expect(await textOf(page, '.problems')).toContain('is cut off');
    expect(await page.locator('#result-table tbody tr').count()).toBe(4);
    await page.close();
  });
});

test('embedded JSON holds nothing that could end its element, and reads back the same but for what could steer', () => {
  const data = { text: '</script><!--<script>&\t\r\n' };
  expect(embedJson(data)).not.toMatch(/[<>&]/);
  expect(JSON.parse(embedJson(data))).toEqual(data);
  expect(JSON.parse(embedJson({ '\u202e': '\u2028\u001b\u202e' }))).toEqual({ '\u202e': '���' });
  expect(escapeHtml(`<a href="x" class='y'>&`)).toBe('&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;&amp;');
});
