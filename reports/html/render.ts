import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inertText, STEERING, unicodeEscape } from '../../harness/core/inert.ts';
import type { Run } from '../../harness/runs/run.ts';
import type { Summary } from '../summary.ts';
import { terminalReport } from '../terminal.ts';
import { bundlePage } from './bundle.ts';
import { pageData } from './make-page-data.ts';

/** One self-contained HTML file: no network, works from `file://`, scripts and styles only by their digest (CSP). */
export async function renderHtml(run: Run, summary: Summary): Promise<string> {
  const template = await readOwn('template.html');
  const style = await readOwn('style.css');
  const chart = await readChart();
  const page = bundlePage();
  const csp = [
    "default-src 'none'",
    `script-src ${digest(chart)} ${digest(page)}`,
    `style-src ${digest(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return fill(template, {
    csp,
    title: escapeHtml(summary.title),
    style,
    fallback: escapeHtml(terminalReport(summary, { colour: false })),
    data: embedJson(pageData(run, summary)),
    chart,
    page,
  });
}

/** Text inside an element or a quoted attribute, without what could turn it around on the page or leave it as a control. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return inertText(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * JSON inside a script element: nothing in it can end the element or begin a comment (HTML standard §4.12.1.3), and its
 * text is inert wherever the page puts it: in elements, attributes, canvases, the clipboard.
 */
export function embedJson(data: unknown): string {
  const text = JSON.stringify(data, (_, value: unknown) => (typeof value === 'string' ? inertText(value) : value));
  // Keys are as they were.
  return text.replace(/[<>&]/g, unicodeEscape).replace(STEERING, unicodeEscape);
}

/** `{{name}}` in text and attributes, ` data-fill="name">` in scripts and styles. One pass, so that text which looks like a placeholder inside inserted data stays text. */
function fill(template: string, parts: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}| data-fill="(\w+)">/g, (placeholder, word?: string, element?: string) => {
    const part = parts[word ?? element ?? ''];
    if (part === undefined) throw new Error(`the template asks for ${placeholder}, which nothing provides`);
    return element === undefined ? part : `>${part}`;
  });
}

async function readChart(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('chart.js');
  const source = await readFile(join(dirname(main), 'chart.umd.min.js'), 'utf8');
  // A source map's address would be a request for a file that is not there.
  return source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

function readOwn(name: string): Promise<string> {
  return readFile(join(dirname(fileURLToPath(import.meta.url)), name), 'utf8');
}

function digest(source: string): string {
  return `'sha256-${createHash('sha256').update(source, 'utf8').digest('base64')}'`;
}
