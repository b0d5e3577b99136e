import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { capacityCsv } from '../../reports/capacity-csv.ts';
import { samplesCsv } from '../../reports/csv.ts';
import { renderHtml } from '../../reports/html/render.ts';
import { summaryJson } from '../../reports/json.ts';
import { loadCsv } from '../../reports/load-csv.ts';
import { densityCsv, memoryCsv } from '../../reports/memory-csv.ts';
import { recordsOf, type Summary, summarise } from '../../reports/summary.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { GivreError, messageOf, usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { type Run, readRun } from '../runs/read.ts';

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
  /** The tables that this run has something for, as CSV: cold starts, load, memory, density. */
  readonly tables: readonly Table[];
  readonly json: string;
  readonly summary: Summary;
}

interface Table {
  readonly name: 'samples' | 'load' | 'capacity' | 'memory' | 'density';
  readonly path: string;
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
  const lines = [
    ['report', files.html],
    ...files.tables.map(({ name, path }) => [name, path]),
    ['summary', files.json],
  ];
  output.write(lines.map(([name = '', path]) => `${name.padEnd(9)}${path}\n`).join(''));
  return files;
}

/** That of a run whose records are all there: 0 only if it was judged and passed, and its objective was kept. */
export function exitCodeOf({ isResult, verdict }: Pick<Summary, 'isResult' | 'verdict'>): ExitCode {
  if (!isResult) return exitCodes.invalid;
  const own = [exitCodes.ok, exitCodes.failed].find((code) => code === verdict?.exitCode);
  return own ?? exitCodes.invalid;
}

/** Writes `report.html` (or `out`), a CSV for each kind of record that is there, and `summary.json`, finished or not. */
export async function writeReports(folder: string, out?: string): Promise<ReportFiles> {
  const run = await readRun(folder);
  const summary = summarise(run);
  const html = resolve(out ?? join(folder, 'report.html'));
  const json = resolve(folder, 'summary.json');
  await write(html, await renderHtml(run, summary));
  const tables: Table[] = [];
  for (const [name, text] of tablesOf(run, summary)) {
    const path = resolve(folder, `${name}.csv`);
    await write(path, text);
    tables.push({ name, path });
  }
  await write(json, summaryJson(summary));
  return { html, tables, json, summary };
}

function tablesOf(run: Run, { manifest, sampleCount, loads }: Summary): readonly (readonly [Table['name'], string])[] {
  const tables: [Table['name'], string][] = [];
  if (manifest.levels.length > 0 || sampleCount > 0) tables.push(['samples', samplesCsv(run)]);
  if (loads.length > 0) tables.push(['load', loadCsv(run)]);
  if (recordsOf(run, 'capacity').length > 0) tables.push(['capacity', capacityCsv(run)]);
  if (recordsOf(run, 'footprint').length > 0) tables.push(['memory', memoryCsv(run)]);
  if (recordsOf(run, 'density-step').length > 0) tables.push(['density', densityCsv(run)]);
  return tables;
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
