import { access, constants, statfs } from 'node:fs/promises';
import { homedir, totalmem } from 'node:os';
import { messageOf } from '../core/errors.ts';
import { run } from '../core/subprocess.ts';
import { faasdCacheDir, probeFaasd } from '../platforms/faasd/obtain.ts';

/** One thing that givre needs or would like. */
export interface Finding {
  readonly what: string;
  /** `missing` stops a run; `note` does not. */
  readonly status: 'ok' | 'note' | 'missing';
  readonly detail: string;
  /** How to get it; empty when nothing is to be done. */
  readonly hint: string;
}

type Check = (signal: AbortSignal) => Promise<Finding>;

const NEEDED_DISK_BYTES = 8 * 2 ** 30;
const NEEDED_MEMORY_BYTES = 2 * 2 ** 30;

/** Looks at everything that a run on the container target needs; changes nothing. */
export async function diagnose(signal: AbortSignal): Promise<readonly Finding[]> {
  const checks: readonly Check[] = [nodeVersion, dockerEngine, baseImage, dockerRights, disk, memory, faasd, chromium];
  return Promise.all(checks.map((check) => check(signal)));
}

const nodeVersion: Check = async () => {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { what: 'Node', status: 'ok', detail: process.version, hint: '' }
    : { what: 'Node', status: 'missing', detail: process.version, hint: 'start through npm run, which brings Node 24' };
};

const dockerEngine: Check = async (signal) => {
  const what = 'Docker engine';
  const version = await run(['docker', 'version', '--format', '{{.Server.Version}}'], {
    signal,
    timeoutMs: 10_000,
  }).catch((error: unknown) => ({ exitCode: 127, stdout: '', stderr: messageOf(error) }));
  if (version.exitCode === 0) return { what, status: 'ok', detail: version.stdout.trim(), hint: '' };
  return { what, status: 'missing', detail: version.stderr.trim().split('\n').at(-1) ?? '', hint: 'run ./ci/setup' };
};

const baseImage: Check = async (signal) => {
  const what = 'base image';
  const found = await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', 'debian:trixie-slim'], {
    signal,
    timeoutMs: 10_000,
  }).catch(() => undefined);
  if (found?.exitCode === 0) return { what, status: 'ok', detail: 'debian:trixie-slim', hint: '' };
  return { what, status: 'missing', detail: 'debian:trixie-slim is not there', hint: 'run ./ci/setup' };
};

const dockerRights: Check = async (signal) => {
  const what = 'container rights';
  const detail = 'machine containers get SYS_ADMIN and no seccomp filter: as good as root on this host';
  const security = await run(['docker', 'info', '--format', '{{json .SecurityOptions}}'], {
    signal,
    timeoutMs: 10_000,
  }).catch(() => undefined);
  if (security?.stdout.includes('rootless')) {
    return {
      what,
      status: 'missing',
      detail: 'the Docker engine is rootless',
      hint: 'use an engine that runs as root',
    };
  }
  const hint = '--stack builds and runs what the file names: use stack files that you trust';
  return { what, status: 'note', detail, hint };
};

const disk: Check = async (signal) => {
  const info = await run(['docker', 'info', '--format', '{{.DockerRootDir}}'], { signal, timeoutMs: 10_000 }).catch(
    () => undefined,
  );
  const folder = info?.stdout.trim() || '/';
  const stats = await statfs(folder).catch(() => statfs('/'));
  const freeBytes = stats.bavail * stats.bsize;
  const detail = `${(freeBytes / 2 ** 30).toFixed(1)} GiB free for images`;
  if (freeBytes >= NEEDED_DISK_BYTES) return { what: 'disk', status: 'ok', detail, hint: '' };
  return {
    what: 'disk',
    status: 'missing',
    detail,
    hint: `free ${NEEDED_DISK_BYTES / 2 ** 30} GiB: images are built here`,
  };
};

const memory: Check = async () => {
  const detail = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  if (totalmem() >= NEEDED_MEMORY_BYTES) return { what: 'memory', status: 'ok', detail, hint: '' };
  return { what: 'memory', status: 'missing', detail, hint: 'use a machine with 2 GiB or more' };
};

const faasd: Check = async (signal) => {
  const what = 'faasd';
  const request = {
    path: process.env.GIVRE_FAASD_BINARY || undefined,
    cacheDir: faasdCacheDir(process.env, homedir()),
    signal,
    progress: () => {},
  };
  try {
    const probe = await probeFaasd(request);
    if (probe.available) return { what, status: 'ok', detail: probe.how, hint: '' };
    const hint = 'without it --platform auto takes the control; name a binary by --platform faasd=PATH';
    return { what, status: 'note', detail: `cannot be had: ${probe.why}`, hint };
  } catch (error) {
    return { what, status: 'missing', detail: messageOf(error), hint: 'correct or unset GIVRE_FAASD_BINARY' };
  }
};

const chromium: Check = async () => {
  const path = '/usr/bin/chromium';
  const there = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (there) return { what: 'Chromium', status: 'ok', detail: path, hint: '' };
  return {
    what: 'Chromium',
    status: 'note',
    detail: 'not installed',
    hint: 'only the report’s own tests need it: ./ci/setup --tests',
  };
};
