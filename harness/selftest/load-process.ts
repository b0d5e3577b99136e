import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../core/paths.ts';
import { runOrFail } from '../core/subprocess.ts';
import type { LoadPlan } from '../load/load.ts';
import type { K6Program } from '../planning/users-k6.ts';

export const SCRIPTS = join(repositoryRoot, 'scenarios/k6');
const PROGRAM = resolve(import.meta.dirname, 'load-process-program.ts');

/** Load at a constant rate, and nothing else about it. */
export interface PlainLoad {
  readonly url: string;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly virtualUsers: number;
}

export function plainPlan({ url, ratePerSecond, durationMs, virtualUsers }: PlainLoad) {
  return {
    id: 'overhead',
    request: { url, method: 'POST', headers: {}, body: new Uint8Array(), expect: { status: 200, body: 'ok' } },
    arrivals: { kind: 'constant', ratePerSecond, durationMs },
    warmUpMs: 0,
    timeoutMs: 10_000,
    virtualUsers,
  } satisfies LoadPlan;
}

/** What the program is told, as JSON in its only word. */
export const loadProcessSchema = z.object({
  k6: z.object({ program: z.string(), scripts: z.string(), version: z.string() }),
  /** To be started in k6's stead; it writes what k6 would. */
  instead: z.array(z.string()).optional(),
  load: z.object({
    url: z.string(),
    ratePerSecond: z.number(),
    durationMs: z.number(),
    virtualUsers: z.number(),
  }),
  /** Where each second is written to as soon as it is over. */
  secondsFile: z.string(),
});

const costSchema = z.object({
  sent: z.number(),
  seconds: z.number(),
  /** Of the harness, from the moment on when it starts the generator: what it takes to load itself is not in there. */
  cpuNs: z.number(),
  /** Null for what is started in k6's stead. */
  generatorCpuNs: z.number().nullable(),
  /** Most memory that the harness' process has had at any moment, Node itself included. */
  peakBytes: z.number(),
});
export type LoadCost = z.infer<typeof costSchema>;

interface ProcessOptions {
  /** What to start in k6's stead. */
  readonly instead?: readonly string[];
  /** Words for Node itself. */
  readonly node?: readonly string[];
}

/** Puts load on as a run does, in a process of its own, so that what this takes can be told from everything else. */
export async function loadInOwnProcess(
  k6: K6Program,
  load: PlainLoad,
  signal: AbortSignal,
  { instead, node = [] }: ProcessOptions = {},
): Promise<LoadCost> {
  const folder = await mkdtemp(join(tmpdir(), 'givre-load-'));
  try {
    const words: z.input<typeof loadProcessSchema> = {
      k6: { program: k6.path, scripts: SCRIPTS, version: k6.version },
      ...(instead === undefined ? {} : { instead: [...instead] }),
      load: { ...load },
      secondsFile: join(folder, 'seconds.ndjson'),
    };
    const argv = [process.execPath, ...node, PROGRAM, JSON.stringify(words)];
    const { stdout } = await runOrFail(argv, 'putting load on', { signal, timeoutMs: load.durationMs + 300_000 });
    return costSchema.parse(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
