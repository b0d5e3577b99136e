import { setTimeout as sleep } from 'node:timers/promises';
import { percent } from '../core/percent.ts';
import { FUNCTION_NAMESPACE } from '../core/platform.ts';
import { makePlan } from '../planning/plan.ts';
import { buildArtifacts } from '../provisioning/artifacts/build.ts';
import type { Machine } from '../provisioning/machines.ts';
import { provision } from '../provisioning/provision.ts';
import { runOf } from '../provisioning/sites/open.ts';
import { type Claim, claim } from './claims.ts';
import { ownRun } from './own-run.ts';
import { optionsFor, type SelfContext } from './runs.ts';

const SAMPLING_SECONDS = 10;
const PSS_LIMIT_BYTES = 8 * 2 ** 20;
const CPU_LIMIT = 0.01;
/** `getconf CLK_TCK` on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What the agent costs on a machine that is brought up for nothing else. */
export async function agentClaims(context: SelfContext): Promise<readonly Claim[]> {
  const options = optionsFor(context, { platform: 'control', functions: 'rust-hello' });
  const plan = await makePlan(options, { signal: context.signal, now: new Date() });
  return await ownRun(context, runOf(plan), async (run) => {
    const { lanes, functions } = await provision(plan, await buildArtifacts(plan, run), run);
    const [machine, fn] = [lanes[0]?.[0], functions[0]];
    if (machine === undefined || fn === undefined) throw new Error('nothing was brought up');
    await machine.gateway.deploy(fn.deployable.deployment);
    return await samplingClaims(machine, fn.deployable.name);
  });
}

/** What the agent itself takes while it samples memory (10 Hz cgroup, 1 Hz PSS). */
async function samplingClaims(machine: Machine, functionName: string): Promise<readonly Claim[]> {
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
