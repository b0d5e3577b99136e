import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { GivreError, messageOf, usageError } from '../../core/errors.ts';
import type { Progress } from '../../core/platform.ts';
import { pins } from '../pins.ts';
import { downloadFile, fetchPublishedDigest } from './download.ts';
import { type Architecture, inspectFaasd } from './inspect.ts';

/** How sure we are that the bytes are upstream's; it stands in the run's manifest. */
type DigestStatus =
  /** They have the digest in our pins. */
  | 'pinned'
  /** They have the digest that stood beside them at their source. */
  | 'unpinned'
  /** The user named the file; nothing was compared. */
  | 'unchecked';

/** A faasd program on this machine, and where it came from. */
export interface FaasdBinary {
  readonly path: string;
  readonly version: string;
  /** A path or an address. */
  readonly source: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly digestStatus: DigestStatus;
}

export interface FaasdRequest {
  /** The user's own binary (`--platform faasd=PATH`, `GIVRE_FAASD_BINARY`); nothing is downloaded then. */
  readonly path?: string | undefined;
  /** Defaults to the pinned one, the last under the MIT licence. */
  readonly version?: string;
  /** Of the machine under test; defaults to this machine's. */
  readonly architecture?: string;
  /** Kept between runs: `<cacheDir>/<version>/<architecture>/faasd`. */
  readonly cacheDir: string;
  /** The address below which the version's assets lie; defaults to upstream's release, for the pinned version only. */
  readonly baseUrl?: string | undefined;
  /** The user accepts the EULA of OpenFaaS CE, under which faasd 0.19.1 and later are. */
  readonly acceptCeEula?: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Of one download. */
  readonly timeoutMs?: number;
}

const DOWNLOAD_TIMEOUT_MS = 300_000;

/** Where downloads are kept between runs, after the XDG base directory specification. */
export function faasdCacheDir(env: NodeJS.ProcessEnv, home: string): string {
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'givre', 'faasd');
}

/**
 * A faasd binary: the user's own, or from the cache, or upstream's release, checked against its digest.
 *
 * @throws GivreError usage: `E_NOT_FAASD`, `E_FAASD_VERSION`, `E_FAASD_ARCHITECTURE`, `E_CE_EULA`; infrastructure:
 * `E_DIGEST_MISMATCH`, `E_DIGEST_FORMAT`, `E_DOWNLOAD_…`
 */
export async function obtainFaasd(request: FaasdRequest): Promise<FaasdBinary> {
  const architecture = knownArchitecture(request.architecture ?? process.arch);
  if (request.path !== undefined) return await usersBinary(resolve(request.path), architecture, request);
  const asset = releaseAsset(request, architecture);
  const cached = await fromCache(asset, request);
  if (cached !== undefined) return cached;
  return await fromRelease(asset, request);
}

/** Whether faasd can be had, and how, or why not. */
type FaasdProbe =
  | { readonly available: true; readonly how: string }
  | { readonly available: false; readonly why: string };

/**
 * Asks whether faasd can be had, for at most `timeoutMs`; downloads nothing but a digest.
 *
 * @throws GivreError as `obtainFaasd` for mistakes in the request: a wrong path is no reason to measure something else.
 */
export async function probeFaasd(request: FaasdRequest, timeoutMs = 3_000): Promise<FaasdProbe> {
  const architecture = knownArchitecture(request.architecture ?? process.arch);
  if (request.path !== undefined) {
    const binary = await usersBinary(resolve(request.path), architecture, request);
    return { available: true, how: binary.path };
  }
  const asset = releaseAsset(request, architecture);
  const cached = await fromCache(asset, request);
  if (cached !== undefined) return { available: true, how: cached.path };
  try {
    await fetchPublishedDigest(asset.url, { signal: request.signal, timeoutMs });
    return { available: true, how: asset.url };
  } catch (error) {
    request.signal.throwIfAborted();
    return { available: false, why: messageOf(error) };
  }
}

async function usersBinary(path: string, architecture: Architecture, request: FaasdRequest): Promise<FaasdBinary> {
  const version = await inspectFaasd(path, architecture, request.signal);
  requireLicence(version, request);
  return { path, version, source: path, digest: `sha256:${await sha256(path)}`, digestStatus: 'unchecked' };
}

interface ReleaseAsset {
  readonly version: string;
  readonly url: string;
  readonly path: string;
  readonly record: string;
  readonly pinnedDigest: string | undefined;
}

function releaseAsset(request: FaasdRequest, architecture: Architecture): ReleaseAsset {
  const version = request.version ?? pins.faasd.version;
  requireLicence(version, request);
  const pinned = version === pins.faasd.version;
  if (!pinned && request.baseUrl === undefined) {
    throw usageError(
      'E_FAASD_VERSION',
      `there is no pinned source for faasd ${version}`,
      `leave the version out for ${pins.faasd.version}, or name a binary: --platform faasd=PATH`,
    );
  }
  const base = (request.baseUrl ?? pins.faasd.obtained.downloads).replace(/\/+$/, '');
  const asset: { readonly name: string; readonly sha256?: string } = pins.faasd.obtained.assets[architecture];
  const folder = join(request.cacheDir, version, architecture);
  return {
    version,
    url: `${base}/${asset.name}`,
    path: join(folder, 'faasd'),
    record: join(folder, 'faasd.json'),
    pinnedDigest: pinned ? asset.sha256 : undefined,
  };
}

const recordSchema = z.object({ source: z.string(), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });

/** The cached binary, if it still is what was once verified; a damaged one is said aloud and fetched again. */
async function fromCache(asset: ReleaseAsset, request: FaasdRequest): Promise<FaasdBinary | undefined> {
  const text = await readFile(asset.record, 'utf8').catch(() => undefined);
  const record = text === undefined ? undefined : recordSchema.safeParse(jsonOrNothing(text));
  if (record === undefined) return undefined;
  const digest = `sha256:${await sha256(asset.path).catch(() => '')}`;
  if (record.success && record.data.digest === digest && matchesPin(digest, asset)) {
    return { path: asset.path, version: asset.version, ...record.data, digestStatus: statusOf(asset) };
  }
  request.progress(`${asset.path} is damaged and will be fetched again`);
  return undefined;
}

async function fromRelease(asset: ReleaseAsset, request: FaasdRequest): Promise<FaasdBinary> {
  const options = { signal: request.signal, timeoutMs: request.timeoutMs ?? DOWNLOAD_TIMEOUT_MS };
  request.progress(`fetching faasd ${asset.version} from ${asset.url}`);
  const published = await fetchPublishedDigest(asset.url, options);
  // Beside its final place, so that the rename is atomic; named anew, so that two runs at once do not meet.
  const part = `${asset.path}.${randomUUID()}.part`;
  try {
    const actual = await downloadFile(asset.url, part, options);
    const wanted = asset.pinnedDigest ?? published;
    if (actual !== wanted || actual !== published) throw wrongDigest(asset, actual, published);
    const digest = `sha256:${actual}`;
    await writeFile(`${part}.json`, `${JSON.stringify({ source: asset.url, digest })}\n`);
    await rename(part, asset.path);
    await rename(`${part}.json`, asset.record);
    return { path: asset.path, version: asset.version, source: asset.url, digest, digestStatus: statusOf(asset) };
  } finally {
    // A failure here must not hide the one that led here.
    await Promise.allSettled([rm(part, { force: true }), rm(`${part}.json`, { force: true })]);
  }
}

function wrongDigest(asset: ReleaseAsset, actual: string, published: string): GivreError {
  const pinned = asset.pinnedDigest === undefined ? '' : `, pinned is ${asset.pinnedDigest}`;
  return new GivreError({
    code: 'E_DIGEST_MISMATCH',
    message: `${asset.url} has SHA-256 ${actual}, published beside it is ${published}${pinned}`,
    hint: 'nothing was kept; try again, and if it stays so, do not trust that source',
  });
}

/** Is this version OpenFaaS CE, under an EULA? From 0.19.1 on; builds without a version (`dev`) are not. */
export function isCe(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 0 || minor > 19 || (minor === 19 && patch >= 1);
}

/** @throws GivreError `E_CE_EULA` for CE versions, unless accepted. */
function requireLicence(version: string, { acceptCeEula = false }: FaasdRequest): void {
  if (!isCe(version) || acceptCeEula) return;
  throw usageError(
    'E_CE_EULA',
    `faasd ${version} is OpenFaaS CE, under an end-user licence agreement`,
    `read the EULA and add --accept-openfaas-ce-eula, or use ${pins.faasd.version}, the last under MIT`,
  );
}

function knownArchitecture(architecture: string): Architecture {
  if (architecture === 'x64' || architecture === 'arm64') return architecture;
  throw usageError('E_FAASD_ARCHITECTURE', `upstream publishes no faasd for ${architecture}`, 'use x64 or arm64');
}

function matchesPin(digest: string, asset: ReleaseAsset): boolean {
  return asset.pinnedDigest === undefined || digest === `sha256:${asset.pinnedDigest}`;
}

function statusOf(asset: ReleaseAsset): DigestStatus {
  return asset.pinnedDigest === undefined ? 'unpinned' : 'pinned';
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
