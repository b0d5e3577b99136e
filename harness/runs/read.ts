import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type GivreError, messageOf, systemCode, usageError } from '../core/errors.ts';
import { type Line, linesOf } from './lines.ts';
import type { Run, RunProblem } from './run.ts';
import { type Manifest, manifestSchema, type RunRecord, recordSchema, type Verdict, verdictSchema } from './schema.ts';
import { runFiles } from './write.ts';

/** In words that follow "line 5"; undefined where nothing does. */
export type DamageOf = (record: RunRecord) => string | undefined;

/**
 * Reads a run folder as far as it got. Only the manifest is indispensable; a bad line or a missing verdict is a problem
 * that is told, not an error.
 *
 * @param damageOf what speaks against a record that has the right form; it is then left out
 * @throws GivreError (exit code 2) `E_RUN_NOT_FOUND`, `E_RUN_MANIFEST`, `E_RUN_VERSION`, `E_RUN_READ`.
 */
export async function readRun(folder: string, damageOf: DamageOf = () => undefined): Promise<Run> {
  const problems: RunProblem[] = [];
  const manifest = await readManifest(folder);
  const records = await readRecords(folder, problems, damageOf);
  const verdict = await readVerdict(folder, problems);
  return { folder, manifest, records, verdict, problems };
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, runFiles.manifest);
  const text = await readText(path);
  if (text === null) {
    const hint = `a run folder contains ${runFiles.manifest} and ${runFiles.samples}; bench prints its path at the end`;
    throw usageError('E_RUN_NOT_FOUND', `${folder} is no run folder: there is no ${runFiles.manifest} in it`, hint);
  }
  const parsed = parse(manifestSchema, text);
  if (parsed.ok) return parsed.value;
  if (parsed.foreignVersion !== null) throw foreignVersion(path, parsed.foreignVersion);
  throw usageError('E_RUN_MANIFEST', `${path} cannot be understood: ${parsed.message}`, 'was it edited by hand?');
}

async function readRecords(folder: string, problems: RunProblem[], damageOf: DamageOf): Promise<RunRecord[]> {
  const file = runFiles.samples;
  const path = join(folder, file);
  if (!(await isThere(path))) {
    problems.push({ file, line: null, message: 'is missing: the run ended before its first sample' });
    return [];
  }
  const records: RunRecord[] = [];
  try {
    for await (const line of linesOf(path)) {
      if (line.text === '') continue;
      const read = recordIn(line, damageOf);
      if (typeof read === 'string') problems.push({ file, line: line.number, message: `${read}; it is left out` });
      else records.push(read);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  return records;
}

/** The record, or why there is none. */
function recordIn({ text, ended }: Line, damageOf: DamageOf): RunRecord | string {
  if (text === null) return 'is longer than any record';
  const parsed = parse(recordSchema, text);
  if (parsed.ok) return damageOf(parsed.value) ?? parsed.value;
  return !ended && !parsed.isJson ? 'is cut off: the run was killed while writing it' : parsed.message;
}

async function readVerdict(folder: string, problems: RunProblem[]): Promise<Verdict | null> {
  const file = runFiles.verdict;
  const text = await readText(join(folder, file));
  if (text === null) return null;
  const parsed = parse(verdictSchema, text);
  if (parsed.ok) return parsed.value;
  problems.push({ file, line: null, message: `cannot be understood: ${parsed.message}` });
  return null;
}

type Parsed<T> =
  | { ok: true; value: T }
  | { ok: false; isJson: boolean; message: string; foreignVersion: string | null };

const versioned = z.object({ schemaVersion: z.unknown() });

function parse<T extends { schemaVersion: number }>(schema: z.ZodType<T>, text: string): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, isJson: false, message: `is no JSON (${messageOf(error)})`, foreignVersion: null };
  }
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, value: result.data };
  const version = versioned.safeParse(json);
  const foreign = result.error.issues.some((issue) => issue.path.join() === 'schemaVersion');
  if (foreign && version.success) {
    const foreignVersion = JSON.stringify(version.data.schemaVersion) ?? 'none';
    return {
      ok: false,
      isJson: true,
      message: `has schemaVersion ${foreignVersion}, which this givre cannot read`,
      foreignVersion,
    };
  }
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return {
    ok: false,
    isJson: true,
    message: `does not fit the format (${where}${issue?.message})`,
    foreignVersion: null,
  };
}

function foreignVersion(path: string, version: string): GivreError {
  const hint = 'use the version of givre that wrote it (givreVersion in the manifest)';
  return usageError('E_RUN_VERSION', `${path} has schemaVersion ${version}, which this givre cannot read`, hint);
}

/** Manifest and verdict of the largest runs have some hundred kilobytes. */
const LARGEST_BYTES = 64 * 2 ** 20;

async function readText(path: string): Promise<string | null> {
  if (!(await isThere(path))) return null;
  try {
    const { size } = await stat(path);
    if (size > LARGEST_BYTES) throw new Error(`it has ${size} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Reading from a pipe or a device would have no end. */
async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw unreadable(path, error);
  });
  if (found === undefined || found.isFile()) return found !== undefined;
  throw unreadable(path, 'it is no regular file');
}

function unreadable(path: string, why: unknown): GivreError {
  return usageError('E_RUN_READ', `cannot read ${path}: ${messageOf(why)}`);
}
