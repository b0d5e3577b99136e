import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { GivreError, usageError } from '../core/errors.ts';
import { faasdCacheDir, probeFaasd } from '../platforms/faasd/obtain.ts';
import type { BenchOptions } from './options.ts';
import { controlLabel, type PlatformWord, parsePlatforms } from './platform-words.ts';

/** A platform that will be installed. */
export type PlannedPlatform =
  | {
      readonly kind: 'control';
      readonly label: string;
      readonly defects: readonly string[];
      readonly like: 'faasd' | undefined;
    }
  /** Its label follows from its version, which is known once the binary is at hand. */
  | { readonly kind: 'faasd'; readonly path: string | undefined }
  /** What it is the machine says once it is asked; one that calls itself anything but faasd ends the run. */
  | { readonly kind: 'existing' };

interface Choice {
  readonly platforms: readonly PlannedPlatform[];
  readonly why: string;
}

const PROBE_MS = 3_000;
const INSTALLED = '/usr/local/bin/faasd';

/** Resolves `auto`: faasd when it can be had, otherwise the control, and says why. */
export async function choosePlatforms(options: BenchOptions, signal: AbortSignal): Promise<Choice> {
  const words = parsePlatforms(options.platform, options);
  if (words[0]?.kind === 'auto') return chooseAutomatically(options, signal);
  const platforms = words.flatMap((word) => (word.kind === 'auto' ? [] : [planned(word)]));
  const labels = platforms.flatMap((platform) => (platform.kind === 'control' ? [platform.label] : []));
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw usageError('E_PLATFORM', `the platform "${twice}" is named twice`);
  checkTarget(platforms, options);
  await checkBinaries(platforms, options, signal);
  return { platforms, why: `named by the user: ${options.platform}` };
}

/** What a platform is called before it has been asked: nobody knows yet what is there already. */
export function nameBefore(platform: PlannedPlatform): string {
  switch (platform.kind) {
    case 'control':
      return platform.label;
    case 'faasd':
      return platform.path === undefined ? 'faasd' : `faasd=${platform.path}`;
    case 'existing':
      return 'existing, not asked yet';
  }
}

/** An existing machine holds one platform at a time, and only there can one be found. */
function checkTarget(platforms: readonly PlannedPlatform[], { target }: BenchOptions): void {
  if (target.kind !== 'ssh' && platforms.some((platform) => platform.kind === 'existing')) {
    const hint = 'use --target ssh --host user@address';
    throw usageError('E_PLATFORM', `nothing is installed yet on a machine of the ${target.kind} target`, hint);
  }
  if (target.kind === 'ssh' && platforms.length > 1) {
    throw usageError('E_PLATFORM', 'one existing machine holds one platform at a time', 'name one, and run twice');
  }
}

/** What the user names is looked at now, not when machines are being made. */
async function checkBinaries(
  platforms: readonly PlannedPlatform[],
  { acceptCeEula }: BenchOptions,
  signal: AbortSignal,
): Promise<void> {
  const cacheDir = faasdCacheDir(process.env, homedir());
  for (const platform of platforms) {
    if (platform.kind !== 'faasd' || platform.path === undefined) continue;
    await probeFaasd({ path: platform.path, cacheDir, acceptCeEula, signal, progress: () => {} }, PROBE_MS);
  }
}

async function chooseAutomatically({ acceptCeEula }: BenchOptions, signal: AbortSignal): Promise<Choice> {
  const cacheDir = faasdCacheDir(process.env, homedir());
  const request = { cacheDir, acceptCeEula, signal, progress: () => {} };
  const named = process.env.GIVRE_FAASD_BINARY || undefined;
  const path = named ?? (await installedFaasd());
  try {
    const probe = await probeFaasd({ ...request, path }, PROBE_MS);
    if (probe.available) return { platforms: [{ kind: 'faasd', path }], why: `auto: faasd from ${probe.how}` };
    return controlBecause(probe.why);
  } catch (error) {
    // What the user named must fit; what merely lies there (an OpenFaaS CE, say) is no reason to stop.
    if (named !== undefined || !(error instanceof GivreError)) throw error;
    return controlBecause(error.message);
  }
}

function controlBecause(why: string): Choice {
  const platforms = [planned({ kind: 'control', defects: [], like: undefined })];
  return { platforms, why: `auto: control, because faasd cannot be had here: ${why}` };
}

/** A faasd that is installed on this machine, where its own installer puts it. */
async function installedFaasd(): Promise<string | undefined> {
  return access(INSTALLED, constants.X_OK).then(
    () => INSTALLED,
    () => undefined,
  );
}

function planned(word: Exclude<PlatformWord, { kind: 'auto' }>): PlannedPlatform {
  if (word.kind === 'existing') return word;
  if (word.kind === 'faasd') return { kind: 'faasd', path: word.path ?? (process.env.GIVRE_FAASD_BINARY || undefined) };
  const { defects, like } = word;
  return { kind: 'control', label: controlLabel(defects, like), defects, like: like === 'faasd' ? like : undefined };
}
