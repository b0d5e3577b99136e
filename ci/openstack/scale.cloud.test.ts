import { beforeAll, describe, expect, test } from 'vitest';
import type { Cloud } from '../../harness/openstack/cloud.ts';
import { openTestRun } from '../../harness/openstack/holdings.fixture.ts';
import { auditRun } from '../../harness/openstack/inventory.ts';
import { serverPoller } from '../../harness/openstack/poller.ts';
import { makePort, makeSecurityGroup, makeServer } from '../../harness/openstack/resources.ts';
import { bareLoop, inParallel, type LoopCost } from './bare-loop.fixture.ts';
import { fakeCloudPath, type Ingredients, ingredients, openAs, openTestAccess } from './fake-cloud.fixture.ts';
import type { FaultName } from './faulty-cloud/faults.ts';

/** Many servers by our own code, beside the least that a program can do, in one and the same cloud. */

/** Nightly: 100. */
const COUNT = Number(process.env.GIVRE_SCALE_SERVERS ?? 10);
/** Creations and deletions under way at the same time. */
const WIDTH = 10;
const ALLOWED_RATIO = 1.25;
const DEADLINE_MS = 900_000;
/** Faults that pass. A refusal for good is no matter of scale. */
const PASSING: readonly FaultName[] = [
  'lost-request',
  'lost-answer',
  'cut-body',
  'truncated-json',
  '401',
  '429',
  '500',
  '502',
  '503',
  '504',
];
const FAULT_SHARE = 0.1;

describe.skipIf(fakeCloudPath === '')(`${COUNT} servers at once`, { timeout: 4 * DEADLINE_MS }, () => {
  let parts: Ingredients;
  beforeAll(async () => {
    const cloud = await openAs('tester', fakeCloudPath);
    parts = await ingredients(cloud);
    await cloud.close();
  });

  /** Creates, waits, lists and removes, as one run does it for its machines. */
  async function ourLoop(cloud: Cloud, runId: string): Promise<LoopCost> {
    const before = cloud.requestCount();
    const start = performance.now();
    await using run = await openTestRun(cloud, runId, { looksAfterMs: undefined, removalDeadlineMs: DEADLINE_MS });
    const group = await makeSecurityGroup(run.holdings, 'ssh', [{ port: 22, cidr: '10.76.1.1/32' }]);
    const roles = Array.from({ length: COUNT }, (_, i) => `m${i}`);
    const { networkId, imageId, flavorId } = parts;
    const made = await inParallel(roles, WIDTH, async (role) => {
      const port = await makePort(run.holdings, role, { networkId, securityGroupIds: [group.id] });
      const server = { imageId, flavorId, portIds: [port.id], userData: '#cloud-config\n' };
      return await makeServer(run.holdings, role, server, true);
    });
    const poller = serverPoller(cloud.compute, { everyMs: 1_000 });
    await Promise.all(made.map(({ id }) => poller.active(id, { deadlineMs: DEADLINE_MS })));
    const createdMs = performance.now() - start;
    const { marked } = await auditRun(cloud, runId);
    const found = marked.filter(({ kind }) => kind !== 'security-group').map(({ kind, name }) => `${kind} ${name}`);
    const wanted = ['port', 'server'].flatMap((kind) => roles.map((role) => `${kind} givre-${runId}-${role}`));
    expect(found.sort(), run.notes.join('\n')).toEqual(wanted.sort());
    expect(await run.scope.close()).toEqual([]);
    const wallMs = performance.now() - start;
    return { createdMs, removedMs: wallMs - createdMs, wallMs, requests: cloud.requestCount() - before };
  }

  test(`take at most ${ALLOWED_RATIO} times as long as a bare loop`, async () => {
    const access = await openTestAccess();
    const cloud = await openAs('tester', fakeCloudPath);
    try {
      // Alternating, so that a machine which is slower for a while is so for both.
      const bare = [await bareLoop(`${access.runId}-b1`, COUNT, WIDTH, parts)];
      const ours = [await ourLoop(cloud, `${access.runId}-o1`), await ourLoop(cloud, `${access.runId}-o2`)];
      bare.push(await bareLoop(`${access.runId}-b2`, COUNT, WIDTH, parts));
      const ratio = sum(ours, 'wallMs') / sum(bare, 'wallMs');
      say('bare loop', bare);
      say('givre', ours);
      console.log(`wall time, givre / bare loop: ${ratio.toFixed(2)}`);
      expect(ratio).toBeLessThanOrEqual(ALLOWED_RATIO);
      expect(await access.leftovers()).toEqual([]);
    } finally {
      await cloud.close();
      await access.close();
    }
  });

  test(`with one request in ten going wrong: all are made, none twice, none is left`, async () => {
    const access = await openTestAccess();
    try {
      const { faulty, runId } = access;
      const cloud = await access.open({ requestMs: 60_000, callMs: 120_000, attempts: 6 });
      PASSING.forEach((fault, i) => {
        faulty.inject({ fault, probability: FAULT_SHARE / PASSING.length, seed: i + 1 });
      });
      const before = faulty.log.length;
      const cost = await ourLoop(cloud, runId);
      await faulty.idle();
      const requests = faulty.log.slice(before);
      const hit = requests.filter(({ fault }) => fault !== null).length;
      const left = await access.leftovers();
      say('givre, with faults', [cost]);
      console.log(`${hit} of ${requests.length} requests went wrong; ${left.length} resources left`);
      expect(hit).toBeGreaterThan(requests.length * FAULT_SHARE * 0.5);
      expect(left).toEqual([]);
    } finally {
      await access.close();
    }
  });
});

function sum(costs: readonly LoopCost[], key: keyof LoopCost): number {
  return costs.reduce((total, cost) => total + cost[key], 0);
}

function say(what: string, costs: readonly LoopCost[]): void {
  const seconds = (key: keyof LoopCost): string => costs.map((it) => (it[key] / 1000).toFixed(1)).join(' and ');
  const calls = (sum(costs, 'requests') / costs.length / COUNT).toFixed(1);
  const phases = `created ${seconds('createdMs')} s, removed ${seconds('removedMs')} s`;
  console.log(`${what}: ${COUNT} servers in ${seconds('wallMs')} s (${phases}), ${calls} API calls a server`);
}
