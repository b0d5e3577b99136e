import { setTimeout as sleep } from 'node:timers/promises';
import { percent } from '../core/percent.ts';
import { FUNCTION_NAMESPACE } from '../core/platform.ts';
import type { Machine } from '../provisioning/machines.ts';
import { type Claim, claim } from './claims.ts';
import { coldStarts, runOnce, type SelfContext, scaled } from './runs.ts';

const COST_LIMIT = 2.0;
const CACHE_WAIT_NS = 300e6;
const READY_LIMIT_MS = 15_000;
const DEFAULT_RUN_LIMIT_MS = 180_000;
const SAMPLING_SECONDS = 10;
const PSS_LIMIT_BYTES = 8 * 2 ** 20;
const CPU_LIMIT = 0.01;
/** `getconf CLK_TCK` on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the harness adds on top of the cold starts themselves. */
export async function harnessClaims(context: SelfContext): Promise<readonly Claim[]> {
  const samples = scaled(context, 20);
  const run = await runOnce(context, { platform: 'control', functions: undefined, levels: ['L1'], samples });
  const starts = coldStarts(run.records);
  const neededNs = starts.reduce((sum, it) => sum + (it.totalNs ?? 0) + CACHE_WAIT_NS, 0);
  const { measureMs = Number.NaN, readyMs = [] } = run.manifest.timings ?? {};
  const ratio = (measureMs * 1e6) / neededNs;
  const ready = Math.max(...readyMs);
  return [
    claim(
      'harness time',
      `${starts.length} samples at L1 take ≤ ${COST_LIMIT} × (their cold starts + 300 ms each)`,
      `${ratio.toFixed(2)} × (${(measureMs / 1e3).toFixed(1)} s against ${(neededNs / 1e9).toFixed(1)} s)`,
      ratio <= COST_LIMIT,
    ),
    claim('ready', 'target up from warm images in ≤ 15 s', `${(ready / 1e3).toFixed(1)} s`, ready <= READY_LIMIT_MS),
  ];
}

/** The run that people type: four functions, L1, n = 40, control. */
export async function defaultRunClaims(context: SelfContext): Promise<readonly Claim[]> {
  const begun = performance.now();
  const run = await runOnce(context, { platform: 'control', functions: undefined, samples: scaled(context, 40) });
  const tookMs = performance.now() - begun;
  const measured = `${(tookMs / 1e3).toFixed(0)} s (${coldStarts(run.records).length} samples)`;
  return [
    claim(
      'default run',
      'default scenario on the control, warm images: ≤ 3 min',
      measured,
      tookMs <= DEFAULT_RUN_LIMIT_MS,
    ),
  ];
}

/** What the agent itself takes while it samples memory (10 Hz cgroup, 1 Hz PSS). */
export async function agentClaims(machine: Machine, functionName: string): Promise<readonly Claim[]> {
  await machine.agent.memoryStart({ namespace: FUNCTION_NAMESPACE, ids: [functionName], cgroupHz: 10, pssHz: 1 });
  const before = await agentTicks(machine);
  await sleep(SAMPLING_SECONDS * 1_000);
  const after = await agentTicks(machine);
  const pssBytes = await agentPss(machine);
  const series = await machine.agent.memoryStop();
  const share = (after - before) / TICKS_PER_SECOND / SAMPLING_SECONDS;
  return [
    claim(
      'agent memory',
      'agent with its children ≤ 8 MB PSS while sampling',
      `${(pssBytes / 2 ** 20).toFixed(2)} MB`,
      pssBytes > 0 && pssBytes <= PSS_LIMIT_BYTES,
    ),
    claim(
      'agent CPU',
      'agent ≤ 1 % of a core while sampling',
      `${percent(share, 2)} over ${SAMPLING_SECONDS} s, ${series.cgroup.length} cgroup and ${series.pss.length} PSS readings`,
      share <= CPU_LIMIT && series.cgroup.length > 0 && series.pss.length > 0,
    ),
  ];
}

/** The agent and everything below it. */
const AGENT_PIDS = 'p=$(pidof givre-agent) && echo $p $(for i in $p; do cat /proc/$i/task/*/children; done)';

async function agentTicks({ host }: Machine): Promise<number> {
  const script = `for i in $(${AGENT_PIDS}); do sed 's/.*) //' /proc/$i/stat; done | awk '{ sum += $12 + $13 } END { print sum }'`;
  return Number((await host.exec(['sh', '-c', script])).stdout.trim());
}

async function agentPss({ host }: Machine): Promise<number> {
  const script = `for i in $(${AGENT_PIDS}); do cat /proc/$i/smaps_rollup; done | awk '/^Pss:/ { sum += $2 } END { print sum }'`;
  return Number((await host.exec(['sh', '-c', script])).stdout.trim()) * 1024;
}
