import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type RunResult, run } from '../core/subprocess.ts';

export const RATE = 100;
export const SECONDS = 10;

/** A generator as its users would start it. */
export interface Generator {
  readonly name: string;
  /** @throws GivreError `E_PROGRAM_MISSING` where it is not installed */
  run(url: string, signal: AbortSignal): Promise<RunResult>;
  /** p50, p90 and p99 in milliseconds, as it prints them. */
  read(result: RunResult): readonly number[];
}

export function otherGenerators(k6: string): readonly Generator[] {
  const rate = `scenarios: { one: { executor: 'constant-arrival-rate', rate: ${RATE}, duration: '${SECONDS}s', preAllocatedVUs: 20 } }`;
  return [
    plainK6(k6, 'k6, default (1 virtual user)', `duration: '${SECONDS}s'`),
    plainK6(k6, 'k6, rate, 20 virtual users', rate),
    cannon('autocannon, rate, default', ['--overallRate', String(RATE)]),
    cannon('autocannon, closed loop', []),
    {
      name: 'hey, rate (closed loop, limited)',
      run: (url, signal) => program(['hey', '-z', `${SECONDS}s`, '-c', '10', '-q', String(RATE / 10), url], signal),
      read: ({ stdout }) => [50, 90, 99].map((p) => number(new RegExp(`${p}% in ([\\d.]+) secs`), stdout) * 1e3),
    },
    {
      name: 'wrk (closed loop)',
      run: (url, signal) => program(['wrk', '-t1', '-c10', `-d${SECONDS}s`, '--latency', url], signal),
      read: ({ stdout }) => [50, 90, 99].map((p) => wrkMs(stdout, p)),
    },
  ];
}

/** Started by hand with the shortest script there is; its summary leaves out p99 unless asked. */
function plainK6(k6: string, name: string, options: string): Generator {
  const script = (url: string): string => `import http from 'k6/http';
export const options = { summaryTrendStats: ['med', 'p(90)', 'p(99)'], ${options} };
export default function () { http.get('${url}'); }
export function handleSummary(data) { return { stdout: JSON.stringify(data.metrics.http_req_duration.values) }; }`;
  const values = z.object({ med: z.number(), 'p(90)': z.number(), 'p(99)': z.number() });
  return {
    name,
    run: (url, signal) => program([k6, 'run', '--quiet', '--no-usage-report', '-'], signal, script(url)),
    read({ stdout }) {
      const read = values.parse(JSON.parse(stdout));
      return [read.med, read['p(90)'], read['p(99)']];
    },
  };
}

function cannon(name: string, words: readonly string[]): Generator {
  const latency = z.object({ latency: z.object({ p50: z.number(), p90: z.number(), p99: z.number() }) });
  const path = fileURLToPath(import.meta.resolve('autocannon'));
  return {
    name,
    run: (url, signal) =>
      program([process.execPath, path, '-j', '-c', '10', '-d', String(SECONDS), ...words, url], signal),
    read({ stdout }) {
      const { p50, p90, p99 } = latency.parse(JSON.parse(stdout)).latency;
      return [p50, p90, p99];
    },
  };
}

async function program(argv: readonly string[], signal: AbortSignal, input?: string): Promise<RunResult> {
  return await run(argv, { signal, timeoutMs: (SECONDS + 60) * 1_000, input });
}

function number(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

const UNITS: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3 };

/** `     99%    1.91s` */
function wrkMs(text: string, percent: number): number {
  const [, value, unit = ''] = new RegExp(`^ +${percent}% +([\\d.]+)(us|ms|s)`, 'm').exec(text) ?? [];
  return Number(value) * (UNITS[unit] ?? Number.NaN);
}
