import { GivreError } from '../core/errors.ts';
import { openHere } from '../core/here.ts';
import type { RunResult } from '../core/subprocess.ts';
import { calibrate } from '../load/calibrate.ts';
import { startTruth } from '../load/truth.ts';
import type { Profile } from '../load/truth-profiles.ts';
import { calibrationHere } from '../provisioning/calibration.ts';
import { type Claim, claim } from './claims.ts';
import { type Generator, otherGenerators, RATE, SECONDS } from './other-generators.ts';
import type { SelfContext } from './runs.ts';
import { selfPrograms } from './truth.ts';

const STALL_MS = 2_000;
const SERVICE_MS = 5;
const AFTER_MS = 4_000;
const stallWords = ['--profile', 'stall', '--stall', `${STALL_MS}ms`, '--stall-after', `${AFTER_MS}ms`];
const stall: Profile = { name: 'stall', wanted: 'right', method: 'POST', words: () => stallWords };

/** Milliseconds. */
interface Line {
  readonly name: string;
  readonly quantiles: readonly number[];
  readonly received: number | undefined;
}

/** What common generators say of a server that stands still for two seconds, beside what ours says. */
export async function generatorClaims(context: SelfContext): Promise<readonly Claim[]> {
  const programs = await selfPrograms(context);
  const [row] = await calibrate({
    ...calibrationHere(programs, context.signal),
    profiles: [stall],
    ratePerSecond: RATE,
    durationMs: SECONDS * 1_000,
    warmUpMs: 0,
    without: ['warmed-up', 'steady'],
    seed: context.seed,
    progress: (line) => context.output.status(line),
  });
  if (row === undefined) throw new Error('a calibration without a profile');
  const lines: Line[] = [
    { name: 'truth', quantiles: [0.5, 0.9, 0.99].map(idealMs), received: undefined },
    { name: 'givre', quantiles: row.figures.map((it) => it.measuredNs / 1e6), received: row.received },
  ];
  for (const generator of otherGenerators(programs.k6.path)) {
    context.output.status(`${generator.name}: ${SECONDS} s`);
    const line = await tried(generator, programs.truth, context.signal);
    if (line === undefined) context.output.note(`${generator.name} is not installed and was left out`);
    else lines.push(line);
  }
  return [
    claim(
      'generators',
      `a stall of ${STALL_MS / 1000} s in ${SECONDS} s at ${RATE} requests/s: givre has the true figures, whatever others say`,
      `p50, p90, p99 in ms:\n${lines.map(lineText).join('\n')}${row.reasons.map((it) => `\n       givre was flagged: ${it}`).join('')}`,
      row.verdict === 'right',
    ),
  ];
}

async function tried(generator: Generator, truth: string, signal: AbortSignal): Promise<Line | undefined> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const server = await startTruth({ open: (argv) => openHere(argv) }, [truth, ...stallWords], ends);
  try {
    const result: RunResult = await generator.run(server.url, signal);
    const { entries } = await server.end();
    return { name: generator.name, quantiles: generator.read(result), received: entries.length };
  } catch (error) {
    if (error instanceof GivreError && error.code === 'E_PROGRAM_MISSING') return undefined;
    throw error;
  } finally {
    over.abort();
  }
}

/** Of requests that come by the clock: each that comes during the stall waits for its end. */
function idealMs(quantile: number): number {
  const latencies = Array.from({ length: RATE * SECONDS }, (_, i) => {
    const atMs = (i * 1000) / RATE;
    const stalled = atMs + SERVICE_MS > AFTER_MS && atMs < AFTER_MS + STALL_MS;
    return SERVICE_MS + (stalled ? Math.min(STALL_MS, AFTER_MS + STALL_MS - atMs) : 0);
  }).sort((a, b) => a - b);
  return latencies[Math.ceil(quantile * latencies.length) - 1] ?? 0;
}

function lineText({ name, quantiles, received }: Line): string {
  const figures = quantiles.map((ms) => ms.toFixed(ms < 100 ? 1 : 0).padStart(8)).join('');
  return `         ${name.padEnd(36)}${figures}${received === undefined ? '' : `   ${received} requests`}`;
}
