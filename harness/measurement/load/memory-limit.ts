import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement } from '../../agent/protocol.ts';
import type { Deployable } from '../../api/deployable.ts';
import type { MemoryLimitOutcome } from '../../api/system.ts';
import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import { quantityBytes } from '../../core/quantity.ts';
import type { MemoryLimitSample } from '../../runs/schema.ts';
import { WATCH } from '../coldstart/watch.ts';
import { invocationOf, type SystemParts } from '../parts.ts';

type Excess = NonNullable<MemoryLimitSample['excess']>;

/** Workloads that take as much memory as they are told to: the query for so many MiB, and the most that they take. */
const TAKES = new Map([
  ['alloc', { query: (mib: number) => `mb=${mib}`, mostMib: 1_024 }],
  ['misbehave', { query: (mib: number) => `mode=leak&mb=${mib}`, mostMib: 4_096 }],
]);

const MIB = 2 ** 20;
/** Enough above the limit that no page that is given back could make room for it. */
const TIMES_THE_LIMIT = 2;
/** To touch every page, or to be killed on the way. */
const EXCESS_MS = 30_000;
/** The shim sends its events in the background: that of the kernel's kill may come after the client's answer. */
const EVENTS_SETTLE_MS = 1_000;

/** Follows containerd's events of a function from now on; what it returns ends that and tells what the limit did. */
export async function watchMemoryLimit(
  parts: SystemParts,
  deployable: Deployable,
): Promise<(() => Promise<MemoryLimitOutcome>) | undefined> {
  const limit = deployable.deployment.limits?.memory;
  if (limit === undefined) return undefined;
  await follow(parts, deployable);
  return async () => {
    const cgroup = await cgroupOf(parts, deployable);
    const { oomEvents } = await followed(parts);
    const limitBytes = quantityBytes(limit);
    const excess = limitBytes === null ? null : await exceed(parts, deployable, limitBytes);
    return { limit, limitBytes, cgroup, oomEvents, excess };
  };
}

/** A function that was killed under its load has no cgroup until it is asked again. */
async function cgroupOf(parts: SystemParts, deployable: Deployable): Promise<MemoryLimitSample['cgroup']> {
  const read = async (): Promise<MemoryLimitSample['cgroup']> => {
    const { tasks } = await parts.agent.memory({ namespace: FUNCTION_NAMESPACE, ids: [deployable.name] });
    const own = tasks.find((task) => task.id === deployable.name);
    return own === undefined ? null : { limitBytes: own.cgroupLimitBytes, peakBytes: own.cgroupPeakBytes };
  };
  const now = await read();
  if (now !== null) return now;
  await askAgain(parts, deployable);
  return await read();
}

function follow({ agent }: SystemParts, { name }: Deployable): Promise<void> {
  return agent.followStart({ namespace: FUNCTION_NAMESPACE, container: name });
}

async function followed({ agent }: SystemParts) {
  const { events, complete } = await agent.followStop();
  return {
    oomEvents: complete ? events.filter((event) => event.topic === '/tasks/oom').length : null,
    exitStatus: events.find((event) => event.topic === '/tasks/exit')?.exitStatus ?? null,
  };
}

/** Asks for more than the limit and then, plainly, until there is a right answer again. */
async function exceed(parts: SystemParts, deployable: Deployable, limitBytes: number): Promise<Excess | null> {
  const takes = TAKES.get(deployable.workload);
  const mib = Math.min(takes?.mostMib ?? 0, Math.ceil((TIMES_THE_LIMIT * limitBytes) / MIB));
  if (takes === undefined || mib * MIB <= limitBytes) return null;
  const invocation = invocationOf(parts.installation, deployable);
  // A GET may be sent again by the HTTP clients in gateway and provider when the function dies on it.
  const request = { ...invocation, method: 'POST', path: `${invocation.path}?${takes.query(mib)}` };
  await follow(parts, deployable);
  const answer = await parts.agent.http({ request, expect: { status: 200 }, deadlineMs: EXCESS_MS });
  await sleep(EVENTS_SETTLE_MS, undefined, { signal: parts.signal });
  const { pid: pidThen } = await parts.agent.task({ namespace: FUNCTION_NAMESPACE, id: deployable.name });
  const seen = await followed(parts);
  return {
    askedBytes: mib * MIB,
    status: answer.status,
    error: answer.error,
    given: answer.correct,
    ...seen,
    after: afterwards(await askAgain(parts, deployable), pidThen),
  };
}

async function askAgain(parts: SystemParts, deployable: Deployable): Promise<Measurement> {
  await sleep(parts.cacheWaitMs, undefined, { signal: parts.signal });
  return await parts.agent.measure({
    namespace: FUNCTION_NAMESPACE,
    container: deployable.name,
    trigger: null,
    invoke: invocationOf(parts.installation, deployable),
    expect: deployable.expect,
    pollSpacingMs: parts.pollSpacingMs,
    deadlineMs: parts.deadlineMs,
    watch: WATCH,
  });
}

function afterwards({ attempts, after }: Measurement, pidThen: number | null): Excess['after'] {
  const [first] = attempts;
  const right = attempts.find((attempt) => attempt.correct);
  const firstByteNs = right?.firstByteNs ?? null;
  return {
    attempts: attempts.length,
    firstStatus: first?.status ?? null,
    firstCorrectNs: first === undefined || firstByteNs === null ? null : firstByteNs - first.sentNs,
    newProcess: after.pid !== null && after.pid !== pidThen,
  };
}
