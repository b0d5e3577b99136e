import { resolve } from 'node:path';
import { newCalm } from '../core/calm.ts';
import { GivreError, messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { partsOf } from '../core/lists.ts';
import type { Output } from '../core/output.ts';
import { repositoryRoot } from '../core/paths.ts';
import { checkFunction } from '../functions/check.ts';
import { extrasOf } from '../functions/deployment.ts';
import { readVectors, type Vectors } from '../functions/vectors.ts';
import { differencesOf, type VariantRecord, type VerifyRecord } from '../functions/verify.ts';
import { parseWatchdogs } from '../functions/watchdog.ts';
import { buildImage } from '../images/build.ts';
import type { ImageCatalog } from '../images/catalog.ts';
import { readFunctions } from '../planning/function-choice.ts';
import { makeRunId } from '../planning/plan.ts';
import { runCatalog } from '../provisioning/artifacts/images.ts';
import { type EnginePlace, engineRun } from '../provisioning/engine-place.ts';
import { type RunWork, withRun } from '../provisioning/run.ts';
import { containerTarget, requireDocker } from '../targets/container.ts';
import { directStage } from './direct.ts';
import { gatewayStage } from './gateway.ts';
import { recordLine } from './record-line.ts';
import { NOT_UP, type Stage } from './stage.ts';
import { buildVariants, chooseVariants, type Variant, type Wanted, workloadOf } from './variants.ts';

export interface VerifyOptions extends Wanted {
  /** stack.yaml files; empty means the reference functions. */
  readonly stacks: readonly string[];
  /** Folder of the golden vectors; undefined means ours. */
  readonly vectors: string | undefined;
  /** `of=PATH,classic=PATH`; undefined leaves it to the environment, and then to upstream's images. */
  readonly watchdog: string | undefined;
  /** Plain containers instead of a machine with a platform. */
  readonly direct: boolean;
}

export interface VerifyWork {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Told before anything is made, for a hint how to remove it. */
  readonly onRunId: (runId: string) => void;
}

export interface VerifyResult {
  readonly record: VerifyRecord;
  readonly exitCode: ExitCode;
}

/** build → bring up a stage → send every vector to every variant → take everything away. */
export async function verifyFunctions(options: VerifyOptions, work: VerifyWork): Promise<VerifyResult> {
  const { output, signal } = work;
  const vectors = await readVectors(options.vectors ?? resolve(repositoryRoot, 'peer-functions/vectors'));
  const functions = chooseVariants(await readFunctions(options.stacks), options);
  const asked = functions.filter((fn) => vectors.byWorkload.has(workloadOf(fn)));
  for (const fn of asked) await checkFunction(fn, { hasSecret: () => false });
  const watchdogs = await parseWatchdogs(options.watchdog, process.env);
  await requireDocker(signal);
  const now = new Date();
  const runId = makeRunId('verify', now);
  work.onRunId(runId);
  const { by, variants, exitCode } = await withRun(engineRun(runId), { output, signal }, async (run) => {
    const catalog = await runCatalog();
    const progress = (line: string): void => output.status(line);
    const { builder } = catalog;
    const built = await buildVariants(functions, { builder, watchdogs, vectors, signal, progress });
    const stage = await openStage(options, run, catalog);
    const records = await verifyAll(built, vectors, stage, work);
    return { by: stage.by, variants: records, exitCode: exitCodeFor(records, options.functions) };
  });
  const unasked = notAsked(variants, options.functions);
  if (unasked !== null) output.note(unasked);
  return { record: { schemaVersion: 1, at: now.toISOString(), by, variants }, exitCode };
}

async function openStage(
  { direct }: VerifyOptions,
  { runId, scope, signal, output, leases, place }: RunWork<EnginePlace>,
  catalog: ImageCatalog,
): Promise<Stage> {
  const progress = (line: string): void => output.status(line);
  const kvImage = async (): Promise<string> => (await buildImage(catalog.kv, { signal, progress })).id;
  const work = { scope, runId, labels: () => place.labels(signal), signal, progress, kvImage };
  if (direct) return directStage(work);
  const image = (await buildImage(catalog.machine, work)).tag;
  const target = containerTarget({ image, runId, labels: await work.labels() });
  const host = await target.acquire(scope, 'verify', signal);
  await leases.keep(host.leases, newCalm(), scope);
  return gatewayStage(host, work);
}

async function verifyAll(
  variants: readonly Variant[],
  vectors: Vectors,
  stage: Stage,
  work: VerifyWork,
): Promise<VariantRecord[]> {
  const records: VariantRecord[] = [];
  for (const [index, variant] of variants.entries()) {
    const place = `[${index + 1}/${variants.length}]`;
    const begun = performance.now();
    const record = await verifyOne(variant, vectors, stage, { ...work, place });
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    work.output.note(`${place} ${recordLine(record)} (${seconds} s)`);
    records.push(record);
  }
  return records;
}

async function verifyOne(
  variant: Variant,
  vectors: Vectors,
  stage: Stage,
  { output, signal, place }: VerifyWork & { readonly place: string },
): Promise<VariantRecord> {
  const { fn, image } = variant;
  const about = { name: fn.name, language: extrasOf(fn).language ?? 'unknown', workload: workloadOf(fn), image };
  const nothing = { passed: 0, failed: 0, skipped: [], differences: [] };
  const { watchdog } = extrasOf(fn);
  if (variant.image === null) return { ...about, ...nothing, status: variant.status, reason: variant.reason };
  const onVector = (done: number, total: number): void => output.status(`${place} ${fn.name}: ${done}/${total}`);
  try {
    const { total, differences, skipped } = await stage.run(fn, variant.image.id, ({ endpoint, whileSilent }) =>
      differencesOf(endpoint, about.workload, { vectors, watchdog, signal, whileSilent, onVector }),
    );
    if (total === 0) {
      const reason = 'no vector of its workload holds behind its watchdog';
      return { ...about, ...nothing, skipped: [...skipped], status: 'unknown', reason };
    }
    const failed = new Set(differences.map((it) => it.vector)).size;
    const status = failed === 0 ? 'same' : 'different';
    const counts = { passed: total - failed, failed, skipped: [...skipped] };
    return { ...about, ...counts, status, reason: null, differences: [...differences] };
  } catch (error) {
    if (!(error instanceof GivreError) || error.code !== NOT_UP) throw error;
    const failed = vectors.byWorkload.get(about.workload)?.length ?? 0;
    return { ...about, ...nothing, failed, status: 'different', reason: messageOf(error) };
  }
}

/** Nothing checked is no success; nor is one that was asked for by its own name and that nobody could ask. */
export function exitCodeFor(records: readonly VariantRecord[], functions: string): ExitCode {
  if (records.some((it) => it.status === 'broken')) return exitCodes.infrastructure;
  if (records.some((it) => it.status === 'different')) return exitCodes.failed;
  return notAsked(records, functions) === null ? exitCodes.ok : exitCodes.invalid;
}

/** Why the others being the same says too little; null where it does not. */
function notAsked(records: readonly VariantRecord[], functions: string): string | null {
  if (records.every((it) => it.status !== 'same' && it.status !== 'different')) {
    return 'nothing was checked: no function could be asked a single vector';
  }
  const named = new Set(partsOf(functions, '--functions'));
  const missed = records.filter((it) => it.status !== 'same' && it.status !== 'different' && named.has(it.name));
  return missed.length === 0 ? null : `not checked, though asked for: ${missed.map((it) => it.name).join(', ')}`;
}
