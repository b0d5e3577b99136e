import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Run } from '../../harness/runs/run.ts';
import { summarise } from '../summary.ts';
import { renderHtml } from './render.ts';

const CHROMIUM = process.env.GIVRE_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
];

interface Opened {
  readonly page: Page;
  /** Console messages, exceptions, dialogs and requests to anything but the file itself. */
  readonly complaints: string[];
}

/** A real Chromium that opens reports from files. */
export interface ReportBrowser {
  open(run: Run, hash?: string, context?: BrowserContextOptions): Promise<Opened>;
  openHtml(html: string, hash?: string, context?: BrowserContextOptions): Promise<Opened>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<ReportBrowser> {
  if (!existsSync(CHROMIUM)) throw new Error(`these tests need Chromium at ${CHROMIUM}; set GIVRE_CHROMIUM to another`);
  const folder = await mkdtemp(join(tmpdir(), 'givre-html-'));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  let pages = 0;
  const openHtml: ReportBrowser['openHtml'] = async (html, hash = '', context = {}) => {
    const file = join(folder, `${pages++}.html`);
    await writeFile(file, html);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...context });
    const address = pathToFileURL(file).href;
    const complaints = listen(page, address);
    await page.goto(address + hash);
    // Charts are drawn in a microtask after the page was filled.
    await page.waitForTimeout(100);
    return { page, complaints };
  };
  return {
    openHtml,
    open: async (run, hash, context) => openHtml(await renderHtml(run, summarise(run)), hash, context),
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}

/** Function names of the result table, top to bottom. */
export function namesOf(page: Page): Promise<string[]> {
  return page
    .locator('#result-table tbody th')
    .evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent ?? ''));
}

function listen(page: Page, address: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const own = request.url().startsWith(address) || request.url().startsWith('data:');
    if (!own) complaints.push(`request: ${request.url()}`);
  });
  return complaints;
}
