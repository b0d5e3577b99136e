import { join, resolve } from 'node:path';
import { capacityCsv } from '../../reports/capacity-csv.ts';
import { samplesCsv } from '../../reports/csv.ts';
import { damageOf } from '../../reports/damage.ts';
import { renderHtml } from '../../reports/html/render.ts';
import { summaryJson } from '../../reports/json.ts';
import { loadCsv } from '../../reports/load-csv.ts';
import { densityCsv, memoryCsv } from '../../reports/memory-csv.ts';
import { recordsOf, type Summary, summarise } from '../../reports/summary.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';
import { type NewFile, replaceFiles } from '../core/replace-file.ts';
import { readRun } from '../runs/read.ts';
import type { Run } from '../runs/run.ts';
import { runFiles } from '../runs/write.ts';

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
export async function reportCommand(folder: string, options: ReportOptions, output: Output): Promise<ReportFiles> {
  const files = await writeReports(folder, options.out);
  if (options.json === true) {
    output.result(summaryJson(files.summary).trimEnd());
    return files;
  }
  output.result(`${terminalReport(files.summary, { colour: options.colour ?? false })}\n`, { painted: true });
  const lines = [
    ['report', files.html],
    ...files.tables.map(({ name, path }) => [name, path]),
    ['summary', files.json],
  ];
  output.result(lines.map(([name = '', path]) => `${name.padEnd(9)}${path}`).join('\n'));
  return files;
}

/** That of a run whose records are all there: 0 only if it was judged and passed, and its objective was kept. */
export function exitCodeOf({ isResult, verdict }: Pick<Summary, 'isResult' | 'verdict'>): ExitCode {
  if (!isResult) return exitCodes.invalid;
  const own = [exitCodes.ok, exitCodes.failed].find((code) => code === verdict?.exitCode);
  return own ?? exitCodes.invalid;
}

/**
 * Writes `report.html` (or `out`), a CSV for each kind of record that is there, and `summary.json`, finished or not: all of
 * them, or, where one cannot be written, none.
 */
export async function writeReports(folder: string, out?: string): Promise<ReportFiles> {
  const run = await readRun(folder, damageOf);
  const summary = summarise(run);
  const html = resolve(out ?? join(folder, 'report.html'));
  const json = resolve(folder, 'summary.json');
  const tables = tablesOf(run, summary).map(([name, content]) => ({
    name,
    path: resolve(folder, `${name}.csv`),
    content,
  }));
  const others: NewFile[] = [...tables, { path: json, content: summaryJson(summary) }];
  refuseOwn(html, [...others.map((it) => it.path), ...Object.values(runFiles).map((name) => resolve(folder, name))]);
  await replaceFiles([{ path: html, content: await renderHtml(run, summary) }, ...others]);
  return { html, tables: tables.map(({ name, path }) => ({ name, path })), json, summary };
}

/** The page must not take the place of what it is made from, or of what is written beside it. */
function refuseOwn(html: string, own: readonly string[]): void {
  if (!own.includes(html)) return;
  throw usageError('E_REPORT_OUT', `${html} is a file of the run itself`, 'name another file with --out');
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
