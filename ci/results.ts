import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/**
 * What `.ci/run` says at its end, from a folder with `<lane>.json` (written by `results-reporter.ts`), `seconds` (a line
 * for each step: its name, a tab, how long it took) and `failed` (the ends of the logs of what went wrong).
 */

const testSchema = z.object({
  file: z.string(),
  title: z.string(),
  state: z.enum(['passed', 'failed', 'skipped']),
  /** How often it was tried again, whatever came of it. */
  retries: z.number().int().nonnegative(),
  /** First line of its first error, or why it was skipped; empty where nobody said so. */
  reason: z.string(),
});

const resultsSchema = z.object({
  tests: z.array(testSchema),
  /** What failed outside of any test: a file that could not be loaded, a hook, an unhandled error. */
  errors: z.array(z.object({ where: z.string(), reason: z.string() })),
});

export type Results = z.infer<typeof resultsSchema>;
type Test = z.infer<typeof testSchema>;

interface Summary {
  /** The counts are the last one. */
  readonly lines: readonly string[];
  readonly failed: number;
}

/** `status` is the exit code of all steps of the gate. */
async function summaryOf(folder: string, status: number): Promise<Summary> {
  const { tests, errors } = await readResults(folder);
  const of = (state: Test['state']) => tests.filter((test) => test.state === state);
  // What ended the gate without failing a test (setup, a check, an unhandled error) has failed, too.
  const failed = Math.max(of('failed').length + errors.length, status === 0 ? 0 : 1);
  const lines = [
    ...of('skipped').map((test) => `SKIPPED: ${nameOf(test)}: ${test.reason || 'no reason given'}`),
    ...tests.filter((test) => test.retries > 0).map((test) => `RETRIED: ${nameOf(test)}: ${outcomeOf(test)}`),
    ...of('failed').map((test) => `FAILED: ${nameOf(test)}: ${test.reason}`),
    ...errors.map(({ where, reason }) => `FAILED: ${where}: ${reason}`),
    ...linesOf(await textOf(join(folder, 'failed'))),
    ...minutesTable(linesOf(await textOf(join(folder, 'seconds')))),
    `${of('passed').length} passed, ${failed} failed, ${of('skipped').length} skipped`,
  ];
  return { lines, failed };
}

async function readResults(folder: string): Promise<Results> {
  const all: Results = { tests: [], errors: [] };
  for (const name of (await readdir(folder)).filter((it) => it.endsWith('.json')).sort()) {
    try {
      const { tests, errors } = resultsSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
      all.tests.push(...tests);
      all.errors.push(...errors);
    } catch (error) {
      // A lane whose results cannot be read has not passed.
      all.errors.push({ where: name, reason: `unreadable results: ${error instanceof Error ? error.message : error}` });
    }
  }
  return all;
}

function nameOf({ file, title }: Test): string {
  return `${file}: ${title}`;
}

function outcomeOf({ state, retries, reason }: Test): string {
  return `${state} after ${retries} ${retries === 1 ? 'retry' : 'retries'}${reason === '' ? '' : `: ${reason}`}`;
}

/** Lanes that run at the same time overlap, so there is no total. */
function minutesTable(lines: readonly string[]): readonly string[] {
  const rows = lines
    .map((line) => line.split('\t'))
    .map(([step = '', seconds]) => ({ step, seconds: Number(seconds) }));
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(({ step }) => step.length), 'minutes'.length);
  const row = (step: string, minutes: string): string => `${step.padEnd(width)} ${minutes.padStart(5)}`;
  return [row('minutes', ''), ...rows.map(({ step, seconds }) => row(step, (seconds / 60).toFixed(1)))].map((it) =>
    it.trimEnd(),
  );
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

const [program = '', folder = '', status = ''] = process.argv.slice(1);
if (import.meta.url === pathToFileURL(program).href) {
  const { lines, failed } = await summaryOf(folder, Number(status));
  for (const line of lines) console.log(line);
  // Something failed that no step has noticed.
  if (failed > 0 && Number(status) === 0) process.exitCode = 3;
}
