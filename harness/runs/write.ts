import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noRoomWords } from '../core/disk-words.ts';
import { GivreError, messageOf, systemCode } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { makeFolder } from '../core/folder.ts';
import type { Manifest, RunRecord, Verdict } from './schema.ts';

/** Names of the files in a run folder. */
export const runFiles = { manifest: 'manifest.json', samples: 'samples.ndjson', verdict: 'verdict.json' } as const;

/** Writes one run. All calls are done in the order in which they were made. */
export interface RunWriter {
  readonly folder: string;
  /** Records that are on the disk. */
  readonly recorded: number;
  /**
   * Appends one record and returns once it is on the disk (fdatasync).
   *
   * @throws GivreError `E_DISK_FULL` or `E_RUN_WRITE`; everything recorded before stays readable.
   */
  record(record: RunRecord): Promise<void>;
  /** Replaces the manifest; a reader sees the old one or the new one, never half of one. */
  updateManifest(manifest: Manifest): Promise<void>;
  verdict(verdict: Verdict): Promise<void>;
  /** Closes the file; repeated calls do nothing. */
  close(): Promise<void>;
}

/**
 * Starts a run folder: creates it with its manifest and an empty list of samples.
 *
 * @throws GivreError `E_RUN_EXISTS` when the folder already holds a run, `E_DISK_FULL`, `E_RUN_WRITE`.
 */
export async function openRun(folder: string, manifest: Manifest): Promise<RunWriter> {
  const path = join(folder, runFiles.samples);
  let samples: FileHandle;
  try {
    await makeFolder(folder);
    samples = await open(path, 'ax');
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw runExists(folder, error);
    throw writeFailure(error, path, 0);
  }
  try {
    await replaceFile(folder, runFiles.manifest, manifest, 0);
  } catch (error) {
    await samples.close();
    throw error;
  }
  return writerOf(folder, samples);
}

function writerOf(folder: string, samples: FileHandle): RunWriter {
  let recorded = 0;
  let sizeBytes = 0;
  let closed: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: two appends at once could interleave, and a manifest must not overtake an older one.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    folder,
    get recorded() {
      return recorded;
    },
    record: (record) =>
      inTurn(async () => {
        const line = Buffer.from(`${JSON.stringify(record)}\n`);
        await appendWhole(samples, line, sizeBytes, join(folder, runFiles.samples), recorded);
        sizeBytes += line.length;
        recorded += 1;
      }),
    updateManifest: (manifest) => inTurn(() => replaceFile(folder, runFiles.manifest, manifest, recorded)),
    verdict: (verdict) => inTurn(() => replaceFile(folder, runFiles.verdict, verdict, recorded)),
    close: () => {
      closed ??= inTurn(() => samples.close());
      return closed;
    },
  };
}

/** Writes all of `line` or nothing: what a full disk left of it is cut off again. */
async function appendWhole(file: FileHandle, line: Buffer, sizeBytes: number, path: string, recorded: number) {
  try {
    for (let done = 0; done < line.length; ) {
      const { bytesWritten } = await file.write(line, done);
      done += bytesWritten;
    }
    await file.datasync();
  } catch (error) {
    // Readers tolerate a cut last line, so a failure to cut it off must not hide why it is cut.
    await file.truncate(sizeBytes).catch(() => {});
    throw writeFailure(error, path, recorded);
  }
}

/** Write beside it, flush, rename: after a crash there is the old file or the new one. */
async function replaceFile(folder: string, name: string, content: unknown, recorded: number): Promise<void> {
  const path = join(folder, name);
  const beside = `${path}.new`;
  try {
    const file = await open(beside, 'w');
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw writeFailure(error, path, recorded);
  }
}

function runExists(folder: string, cause: unknown): GivreError {
  return new GivreError({
    code: 'E_RUN_EXISTS',
    message: `the folder ${folder} already holds a run`,
    hint: 'name another folder with --out; runs are never overwritten',
    exitCode: exitCodes.usage,
    cause,
  });
}

/** The error for a file of a run that cannot be written: `E_DISK_FULL`, or `E_RUN_WRITE` for any other reason. */
export function writeFailure(cause: unknown, path: string, recorded: number): GivreError {
  const full = noRoomWords(cause);
  const kept = `${recorded} ${recorded === 1 ? 'record is' : 'records are'} kept`;
  if (full !== undefined) {
    const hint = 'free some space and run again; what is kept can be reported with: npm run report -- FOLDER';
    return new GivreError({ code: 'E_DISK_FULL', message: `${full}: could not write ${path}; ${kept}`, hint, cause });
  }
  return new GivreError({
    code: 'E_RUN_WRITE',
    message: `could not write ${path}: ${messageOf(cause)}; ${kept}`,
    hint: 'check that the folder can be written, or name another with --out',
    cause,
  });
}
