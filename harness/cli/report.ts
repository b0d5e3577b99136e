import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { samplesCsv } from '../../reports/csv.ts';
import { renderHtml } from '../../reports/html/render.ts';
import { summaryJson } from '../../reports/json.ts';
import { loadCsv } from '../../reports/load-csv.ts';
import { type Summary, summarise } from '../../reports/summary.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { GivreError, messageOf, usageError } from '../core/errors.ts';
import { readRun } from '../runs/read.ts';

export interface ReportOptions {
  /** Where the HTML goes; by default `report.html` in the run folder. */
  readonly out?: string | undefined;
  /** Print the summary as JSON and nothing else. */
  readonly json?: boolean | undefined;
  readonly colour?: boolean | undefined;
}

/** What was written and where. */
export interface ReportFiles {
  readonly html: string;
  /** Of the cold starts; null where none was planned. */
  readonly csv: string | null;
  /** Of the measurements of load; null where there was none. */
  readonly load: string | null;
  readonly json: string;
  readonly summary: Summary;
}

/**
 * `npm run report -- RUN_FOLDER [--out FILE]`: makes the reports of a stored run and prints its tables and their paths.
 *
 * @throws GivreError (exit code 2) when the folder holds no readable run or the report cannot be written.
 */
export async function reportCommand(folder: string, options: ReportOptions, output: Writable): Promise<ReportFiles> {
  const files = await writeReports(folder, options.out);
  if (options.json === true) {
    output.write(summaryJson(files.summary));
    return files;
  }
  output.write(`${terminalReport(files.summary, { colour: options.colour ?? false })}\n\n`);
  const csv = files.csv === null ? '' : `samples  ${files.csv}\n`;
  const load = files.load === null ? '' : `load     ${files.load}\n`;
  output.write(`report   ${files.html}\n${csv}${load}summary  ${files.json}\n`);
  return files;
}

/** Writes `report.html` (or `out`), `samples.csv` or `load.csv` or both, and `summary.json`, finished or not. */
export async function writeReports(folder: string, out?: string): Promise<ReportFiles> {
  const run = await readRun(folder);
  const summary = summarise(run);
  const html = resolve(out ?? join(folder, 'report.html'));
  const load = summary.loads.length > 0 ? resolve(folder, 'load.csv') : null;
  const planned = summary.manifest.levels.length > 0;
  const csv = planned || summary.sampleCount > 0 ? resolve(folder, 'samples.csv') : null;
  const json = resolve(folder, 'summary.json');
  await write(html, await renderHtml(run, summary));
  if (csv !== null) await write(csv, samplesCsv(run));
  if (load !== null) await write(load, loadCsv(run));
  await write(json, summaryJson(summary));
  return { html, csv, load, json, summary };
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new GivreError({
        code: 'E_DISK_FULL',
        message: `the disk is full: could not write ${path}`,
        hint: 'free some space, or name a file elsewhere with --out',
        cause: error,
      });
    }
    throw usageError('E_REPORT_WRITE', `cannot write ${path}: ${messageOf(error)}`, 'name another file with --out');
  }
}
