import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fetch, type Response } from 'undici';
import { GivreError, messageOf } from '../../core/errors.ts';
import { makeFolder } from '../../core/folder.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Of the whole transfer. */
  readonly timeoutMs: number;
}

const OTHER_WAY = 'get the release binary another way and name it: --platform faasd=PATH or GIVRE_FAASD_BINARY=PATH';

/** The SHA-256 published beside a release asset, in hex. Upstream's file is what `sha256sum` prints. */
export async function fetchPublishedDigest(assetUrl: string, options: DownloadOptions): Promise<string> {
  const url = `${assetUrl}.sha256`;
  const text = await transfer(url, options, async (response) => await response.text());
  const digest = /^\s*([0-9a-f]{64})\b/i.exec(text)?.[1];
  if (digest !== undefined) return digest.toLowerCase();
  throw new GivreError({
    code: 'E_DIGEST_FORMAT',
    message: `${url} holds no SHA-256 but "${text.trim().split('\n')[0]?.slice(0, 80) ?? ''}"`,
    hint: OTHER_WAY,
  });
}

/**
 * Downloads into `file` and returns the SHA-256 (hex) of what arrived. Nothing is resumed; after a
 * failure the caller removes what there is.
 *
 * @throws GivreError `E_DOWNLOAD_STATUS`, `E_DOWNLOAD_CUT`, `E_DOWNLOAD_TIMEOUT`, `E_DOWNLOAD_NETWORK`, `E_DOWNLOAD_WRITE`
 */
export async function downloadFile(url: string, file: string, options: DownloadOptions): Promise<string> {
  await makeFolder(dirname(file)).catch(failedWrite(file));
  return await transfer(url, options, (response) => store(url, response, file));
}

async function store(url: string, response: Response, path: string): Promise<string> {
  const hash = createHash('sha256');
  let received = 0;
  await using file = await open(path, 'wx', 0o755).catch(failedWrite(path));
  try {
    for await (const chunk of response.body ?? []) {
      received += chunk.length;
      hash.update(chunk);
      await file.appendFile(chunk).catch(failedWrite(path));
    }
  } catch (error) {
    throw error instanceof GivreError ? error : cut(url, received, response, error);
  }
  const expected = announced(response);
  if (expected !== undefined && received !== expected) throw cut(url, received, response);
  return hash.digest('hex');
}

/** One request with one deadline; every failure becomes one error that says which it was. */
async function transfer<T>(url: string, options: DownloadOptions, use: (response: Response) => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([timeout, options.signal]) });
    if (response.ok) return await use(response);
    await response.body?.cancel();
    throw new GivreError({
      code: 'E_DOWNLOAD_STATUS',
      message: `${url} answered ${response.status} ${response.statusText}`.trimEnd(),
      hint: response.status === 404 ? `that version has no such file; ${OTHER_WAY}` : OTHER_WAY,
    });
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) {
      throw new GivreError({
        code: 'E_DOWNLOAD_TIMEOUT',
        message: `${url} was not complete within ${options.timeoutMs} ms`,
        hint: OTHER_WAY,
      });
    }
    if (error instanceof GivreError) throw error;
    throw new GivreError({
      code: 'E_DOWNLOAD_NETWORK',
      message: `${url} cannot be reached: ${rootMessage(error)}`,
      hint: OTHER_WAY,
      cause: error,
    });
  }
}

function cut(url: string, received: number, response: Response, cause?: unknown): GivreError {
  return new GivreError({
    code: 'E_DOWNLOAD_CUT',
    message: `${url} was cut off after ${received} of ${announced(response) ?? 'an unknown number of'} bytes`,
    hint: `try again, or ${OTHER_WAY}`,
    cause,
  });
}

function failedWrite(path: string): (error: unknown) => never {
  return (error) => {
    const message = `cannot write ${path}: ${messageOf(error)}`;
    throw new GivreError({ code: 'E_DOWNLOAD_WRITE', message, hint: 'is there space, and permission?', cause: error });
  };
}

function announced(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  // With a content encoding, the length is that of the encoded bytes.
  return length === null || response.headers.has('content-encoding') ? undefined : Number(length);
}

function rootMessage(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? rootMessage(error.cause) : messageOf(error);
}
