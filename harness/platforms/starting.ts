import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../core/errors.ts';
import type { Host, ServiceSpec } from '../core/host.ts';
import type { Progress } from '../core/platform.ts';

/** What every step of bringing a platform up needs. */
export interface Start {
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

interface Readiness {
  /** For messages: "its socket". */
  readonly what: string;
  /** A bash test on the machine, run every 50 ms. Waiting there spares one round trip a look. */
  readonly probe: string;
  readonly deadlineMs: number;
}

/** Each look is a program started on the machine, which the services themselves need then. */
const DEATH_WATCH_MS = 750;
/** Ample on a loaded two-core machine; a service that dies ends the wait at once. */
const START_DEADLINE_MS = 30_000;

/** Is a TCP port of the machine open? */
export function portOpen(port: number): Readiness {
  return { what: `port ${port} to open`, probe: `: < /dev/tcp/127.0.0.1/${port}`, deadlineMs: START_DEADLINE_MS };
}

/** Does `path` answer 200? Spoken in bash, so that the machine needs no HTTP client. */
export function httpOk(port: number, path: string): Readiness {
  const probe =
    `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3 && ` +
    `read -r line <&3 && [[ $line == *' 200 '* ]]`;
  return { what: `http://127.0.0.1:${port}${path} to answer 200`, probe, deadlineMs: START_DEADLINE_MS };
}

/** Does a service's log contain a text? For programs that open their port before they can serve. */
export function logSays(service: string, text: string): Readiness {
  const probe = `grep -q '${text}' /var/log/givre/${service}.log`;
  return { what: `"${text}" in its log`, probe, deadlineMs: START_DEADLINE_MS };
}

/** Does a shell command on the machine succeed? */
export function commandSucceeds(command: string): Readiness {
  return { what: `"${command}" to succeed`, probe: command, deadlineMs: START_DEADLINE_MS };
}

/**
 * Starts a service and waits until it is ready.
 *
 * @throws GivreError `E_SERVICE_DIED` as soon as it ends, `E_DEADLINE`; both quote its log.
 */
export async function startAndWait(start: Start, service: ServiceSpec, readiness: Readiness): Promise<void> {
  const began = performance.now();
  await start.host.startService(service);
  await unlessDead(start, [service.name], (signal) => waitOnMachine({ ...start, signal }, service.name, readiness));
  start.progress(`${service.name} ready after ${Math.round(performance.now() - began)} ms`);
}

/** Does the work, but fails at once when one of the services ends meanwhile. */
export function unlessDead<T>(
  start: Start,
  services: readonly string[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (services.length === 0) return work(start.signal);
  return whileWatching(start, (watch) => watchForDeath(watch, services), work);
}

/** Does the work while a watch goes on that only ever ends by an error. */
export async function whileWatching<T>(
  start: Start,
  watch: (watch: Start) => Promise<never>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const signal = AbortSignal.any([start.signal, over.signal]);
  try {
    return await Promise.race([work(signal), watch({ ...start, signal })]);
  } finally {
    over.abort();
  }
}

/** Runs all tasks at once; the first failure aborts the others, and is thrown when all have ended. */
export async function allOrNone(start: Start, tasks: readonly ((start: Start) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const shared = { ...start, signal: AbortSignal.any([start.signal, failed.signal]) };
  let first: unknown;
  const guarded = tasks.map(async (task) => {
    try {
      await task(shared);
    } catch (error) {
      if (!failed.signal.aborted) first = error;
      failed.abort(error);
    }
  });
  await Promise.all(guarded);
  if (failed.signal.aborted) throw first;
}

/** The end of a service's log, for an error's hint; whatever goes wrong here must not hide the error itself. */
export async function quoteLog(host: Host, service: string): Promise<string> {
  const lines = await host.serviceLog(service, 15).catch((error: unknown) => `(unreadable: ${messageOf(error)})`);
  return `last lines of ${service}.log on ${host.name}:\n${lines === '' ? '(empty)' : lines}`;
}

async function waitOnMachine({ host, signal }: Start, service: string, readiness: Readiness): Promise<void> {
  const seconds = String(readiness.deadlineMs / 1000);
  const loop = `until (${readiness.probe}) >/dev/null 2>&1; do sleep 0.05; done`;
  // `timeout` ends the loop on the machine even if this process is gone.
  const timeoutMs = readiness.deadlineMs + 10_000;
  const result = await host.exec(['timeout', seconds, 'bash', '-c', loop], { signal, timeoutMs });
  if (result.exitCode === 0) return;
  signal.throwIfAborted();
  throw new GivreError({
    code: 'E_DEADLINE',
    message: `waited ${seconds} s on ${host.name} for ${service}: ${readiness.what} (exit code ${result.exitCode})`,
    hint: await quoteLog(host, service),
  });
}

async function watchForDeath({ host, signal }: Start, services: readonly string[]): Promise<never> {
  const missing = new Set<string>();
  for (;;) {
    for (const service of services) {
      await sleep(DEATH_WATCH_MS / services.length, undefined, { signal });
      const alive = await host.serviceAlive(service);
      // Twice, because the first look may come before a fresh process has left its pid.
      if (!alive && missing.has(service)) throw await deathOf(host, service);
      if (alive) missing.delete(service);
      else missing.add(service);
    }
  }
}

async function deathOf(host: Host, service: string): Promise<GivreError> {
  return new GivreError({
    code: 'E_SERVICE_DIED',
    message: `${service} ended while ${host.name} was being set up`,
    hint: await quoteLog(host, service),
  });
}
