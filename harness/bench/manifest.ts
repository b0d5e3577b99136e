import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Span } from '../api/duration.ts';
import { repositoryRoot } from '../core/paths.ts';
import { coldBlocks } from '../planning/forecast.ts';
import type { Plan } from '../planning/plan.ts';
import type { Artifacts } from '../provisioning/artifacts/build.ts';
import { installedComponents } from '../provisioning/components.ts';
import type { Machine } from '../provisioning/machines.ts';
import { AS_FOUND } from '../provisioning/platforms.ts';
import type { Provisioned } from '../provisioning/provision.ts';
import { type Manifest, type PlatformRecord, SCHEMA_VERSION } from '../runs/schema.ts';
import { describeEnvironment } from './environment.ts';

type Described = Pick<Artifacts, 'docker' | 'unavailable'> & Provisioned;

/** Everything by which somebody else can judge, repeat or doubt the run. */
export async function describeRun(plan: Plan, parts: Described, forecast: Span): Promise<Manifest> {
  const machines = parts.lanes.flat();
  const [first] = machines;
  if (first === undefined) throw new Error('a run without a machine');
  return {
    schemaVersion: SCHEMA_VERSION,
    runId: plan.runId,
    givreVersion: await givreVersion(),
    scenario: plan.scenarios.map((it) => it.name).join(','),
    startedAt: plan.startedAt.toISOString(),
    finishedAt: null,
    command: [...plan.options.command],
    seed: plan.seed,
    target: plan.options.target.kind,
    platformChoice: plan.platformChoice,
    platforms: parts.platforms.map(({ record }) => withVersion(record, machines)),
    functions: parts.functions.map((it) => it.record),
    unavailable: [...plan.unavailable, ...parts.unavailable],
    levels: [...plan.cold.levels],
    load: plan.scenarios.some((it) => it.measures === 'load') ? loadRecord(plan) : null,
    samplesPerCell: plan.cold.samples,
    machineSamplesPerCell: plan.cold.levels.includes('L4') ? plan.cold.machineSamples : null,
    blocks: blocksOf(plan) * parts.platforms.length,
    pollSpacingMs: plan.cold.pollSpacingMs,
    cacheWaitMs: plan.cold.cacheWaitMs,
    components: await installedComponents(
      first,
      plan.scenarios.some((it) => it.measures === 'load'),
    ),
    environment: await describeEnvironment(await first.host.facts(), parts.docker),
    machines: machines.map((it) => it.record),
    generators: parts.generators.map((it) => it.record),
    forecast,
    timings: null,
  };
}

function blocksOf({ cold, load, scenarios }: Plan): number {
  return coldBlocks(cold) + load.together.blocks * scenarios.filter((it) => it.measures === 'load').length;
}

function loadRecord({ load: { byScenario, together }, scenarios }: Plan): Manifest['load'] {
  const measurements = scenarios.flatMap((scenario) => {
    const wishes = byScenario.get(scenario.name);
    if (scenario.measures !== 'load' || wishes === undefined) return [];
    const count = scenario.measurements?.(wishes);
    return count === undefined ? [] : [[scenario.name, count] as const];
  });
  return {
    profile: together.profile,
    ratesPerSecond: [...together.rates],
    durationMs: together.durationMs,
    warmUpMs: together.warmUpMs,
    blocks: together.blocks,
    payloadBytes: [...together.payloads],
    paths: [...together.paths],
    slo: together.slo?.text ?? null,
    measurements: Object.fromEntries(measurements),
  };
}

/** A platform that was found on its machine has said its version only once it answered. */
function withVersion(record: PlatformRecord, machines: readonly Machine[]): PlatformRecord {
  if (record.version !== AS_FOUND) return record;
  const machine = machines.find((it) => it.platform.record === record);
  return { ...record, version: machine?.installation.version ?? record.version };
}

const packageSchema = z.object({ version: z.string() });

async function givreVersion(): Promise<string> {
  const text = await readFile(join(repositoryRoot, 'package.json'), 'utf8');
  return packageSchema.parse(JSON.parse(text)).version;
}
