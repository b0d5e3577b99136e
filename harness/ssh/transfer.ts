import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { collect } from '../core/collect.ts';
import { GivreError } from '../core/errors.ts';
import { ownedBy } from '../core/owned.ts';
import { lastLines } from '../core/subprocess.ts';
import type { UploadOptions } from './connection.ts';
import { untilStopped } from './exec.ts';
import type { Link } from './link.ts';
import { lostWhile, type Program, startProgram } from './program.ts';

const STALL_MS = 120_000;
const WRONG_SUM = 3;
/** A staging file beside the place, so that the renaming is one step; it goes whatever ends the script. */
const RECEIVE = `folder=$(dirname -- "$1"); mkdir -p -- "$folder" || exit 1
umask 077; part=$(mktemp -- "$folder/.givre-upload-XXXXXXXX") || exit 1
trap 'rm -f -- "$part"' EXIT; trap 'exit 129' HUP INT TERM PIPE
cat > "$part" || exit 1
sum=$(sha256sum < "$part") || exit 1
[ "\${sum%% *}" = "$2" ] || { echo "what arrived has the SHA-256 \${sum%% *}, not $2" >&2; exit ${WRONG_SUM}; }
chmod -- "$3" "$part" && mv -fT -- "$part" "$1"`;

/**
 * Streams a local file to a remote one, which gets its name when its SHA-256 was verified there. Folders are made.
 *
 * @throws GivreError `E_SSH_UPLOAD`, `E_SSH_DISK_FULL`, `E_SSH_CHECKSUM` (also when the local file changed meanwhile),
 * `E_SSH_STALLED`, `E_SSH_LOST`; no part of the file is left there unless the machine itself is gone or hangs. The
 * signal's reason, or what `onProgress` throws.
 */
export async function upload(
  link: Link,
  sudo: boolean,
  [localPath, remotePath]: readonly [string, string],
  options: UploadOptions,
): Promise<void> {
  const faults = new AbortController();
  const signal = AbortSignal.any([faults.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const onProgress = ownedBy(faults, options.onProgress ?? (() => {}));
  const { size } = await stat(localPath);
  const digest = await sha256(localPath, signal);
  const argv = ['sh', '-c', RECEIVE, 'sh', remotePath, digest, options.mode.toString(8)];
  const program = await startProgram(link, { argv, sudo }, signal);
  program.channel.resume();
  const stderr = collect(program.channel.stderr, () => {});
  const stall = watchForStall(`${localPath} to ${remotePath} on ${link.name}`, options.stallMs ?? STALL_MS);
  const stop = AbortSignal.any([signal, stall.signal]);
  // When the other end stops reading, its exit code tells why; the broken pipe does not.
  const sending = pipeline(
    createReadStream(localPath, { highWaterMark: 2 ** 18 }),
    counted((sentBytes) => {
      stall.moved();
      onProgress(sentBytes, size);
    }),
    program.channel,
    { signal: AbortSignal.any([stop, whenEnded(program)]) },
  ).catch((error: unknown) => error);
  const exitCode = await untilStopped(program, stop).finally(stall.end);
  await sending;
  if (exitCode === 0) return;
  if (exitCode === undefined) throw lostWhile(link, `the upload of ${localPath}`);
  throw uploadFault(exitCode, stderr(), `${localPath} to ${remotePath} on ${link.name}`);
}

/**
 * Streams the output of a remote program into a local file, which gets its name when all of it has come.
 *
 * @throws GivreError `E_SSH_DOWNLOAD` when the program fails, `E_SSH_LOST`; no part of the file is left then.
 */
export async function download(
  link: Link,
  sudo: boolean,
  [argv, localPath]: readonly [readonly string[], string],
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const part = `${localPath}.part`;
  const file = createWriteStream(part);
  try {
    // Before anything runs there: a folder that is missing here is found out for nothing.
    await once(file, 'open');
    await receive(link, { argv, sudo }, file, signal);
    await rename(part, localPath);
  } finally {
    file.destroy();
    await rm(part, { force: true });
  }
}

async function receive(
  link: Link,
  launch: { readonly argv: readonly string[]; readonly sudo: boolean },
  file: WriteStream,
  signal: AbortSignal,
): Promise<void> {
  const program = await startProgram(link, launch, signal);
  program.channel.end();
  const stderr = collect(program.channel.stderr, () => {});
  const broken = new AbortController();
  const written = finished(program.channel.pipe(file)).catch((error: unknown) => broken.abort(error));
  const exitCode = await untilStopped(program, AbortSignal.any([signal, broken.signal]));
  await written;
  broken.signal.throwIfAborted();
  if (exitCode === undefined) throw lostWhile(link, launch.argv[0] ?? '');
  if (exitCode !== 0) throw downloadFault(exitCode, stderr(), `${launch.argv[0]} on ${link.name}`);
}

/** Aborts when nothing has moved for too long: keepalives tell of a machine that is gone, not of one whose disk hangs. */
function watchForStall(what: string, stallMs: number) {
  const stalled = new AbortController();
  const message = `the upload of ${what} has not moved for ${stallMs / 1000} s`;
  const error = new GivreError({ code: 'E_SSH_STALLED', message, hint: 'is its disk, or the link to it, overloaded?' });
  const timer = setTimeout(() => stalled.abort(error), stallMs);
  return { signal: stalled.signal, moved: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

function counted(onBytes: (sentBytes: number) => void): Transform {
  let sentBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sentBytes += chunk.length;
      onBytes(sentBytes);
      done(null, chunk);
    },
  });
}

function whenEnded(program: Program): AbortSignal {
  const over = new AbortController();
  program.ended.then(() => over.abort());
  return over.signal;
}

async function sha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { signal }).catch((error: unknown) => {
    // The signal's own reason, and not that something was aborted.
    signal.throwIfAborted();
    throw error;
  });
  return hash.digest('hex');
}

function uploadFault(exitCode: number, stderr: string, what: string): GivreError {
  const full = /no space left|disk quota exceeded/i.test(stderr);
  const code = full ? 'E_SSH_DISK_FULL' : exitCode === WRONG_SUM ? 'E_SSH_CHECKSUM' : 'E_SSH_UPLOAD';
  const why = full ? 'the disk there is full' : `it ended with exit code ${exitCode}`;
  return new GivreError({ code, message: `cannot upload ${what}: ${why}`, hint: lastLines(stderr, 5) });
}

function downloadFault(exitCode: number, stderr: string, what: string): GivreError {
  const message = `cannot download from ${what}: it ended with exit code ${exitCode}`;
  return new GivreError({ code: 'E_SSH_DOWNLOAD', message, hint: lastLines(stderr, 5) });
}
