import { expect } from 'vitest';
import { GivreError, messageOf } from '../../harness/core/errors.ts';
import type { Server } from '../../harness/openstack/compute.ts';
import { openTestRun, type TestRun } from '../../harness/openstack/holdings.fixture.ts';
import { serverPoller } from '../../harness/openstack/poller.ts';
import { makePort, makeSecurityGroup, makeServer } from '../../harness/openstack/resources.ts';
import { hastyPatience, type Ingredients, openTestAccess, type TestAccess } from './fake-cloud.fixture.ts';
import type { Rule } from './faulty-cloud/rules.ts';

/** Of each half of a life, creation and removal. A removal may have to wait for the 30 s after which Nova is asked again. */
const DEADLINE_MS = 75_000;
const ACTIVE_DEADLINE_MS = 40_000;
/** Faults that only the client's own deadline ends. */
const endless: readonly string[] = ['hang', 'hang-after', 'drip'];

/** Requests in the life of a machine, for rules. */
export const on = {
  servers: { method: 'POST', service: 'compute', path: /\/servers$/ },
  ports: { method: 'POST', service: 'network', path: /\/ports$/ },
  groups: { method: 'POST', service: 'network', path: /\/security-groups$/ },
  rules: { method: 'POST', service: 'network', path: /\/security-group-rules$/ },
  looks: { method: 'GET', service: 'compute', path: /\/servers/ },
  looksAtOne: { method: 'GET', service: 'compute', path: /\/servers\/[0-9a-f-]{36}$/ },
  serverDeletion: { method: 'DELETE', service: 'compute', path: /\/servers\// },
  portDeletion: { method: 'DELETE', service: 'network', path: /\/ports\// },
  groupDeletion: { method: 'DELETE', service: 'network', path: /\/security-groups\// },
} as const satisfies Record<string, Partial<Rule>>;

/** A life through the proxy of its own; what is left afterwards is looked at past it. */
export async function withRun(
  rules: readonly Rule[],
  act: (run: TestRun, access: TestAccess) => Promise<void>,
  cloudName = 'tester',
): Promise<void> {
  const access = await openTestAccess(cloudName);
  try {
    const hasty = rules.some(({ fault }) => endless.includes(fault));
    const cloud = await access.open(hasty ? hastyPatience : {});
    await using run = await openTestRun(cloud, access.runId, { removalDeadlineMs: DEADLINE_MS });
    await act(run, access);
  } finally {
    await access.close();
  }
}

/** A security group, a port and a server that becomes ACTIVE. */
export async function makeMachine(
  { holdings }: TestRun,
  parts: Ingredients,
  deadlineMs = ACTIVE_DEADLINE_MS,
): Promise<Server> {
  const { networkId, imageId, flavorId } = parts;
  const group = await makeSecurityGroup(holdings, 'a', [{ port: 22, cidr: '10.76.1.1/32' }]);
  const port = await makePort(holdings, 'a', { networkId, securityGroupIds: [group.id] });
  const server = { imageId, flavorId, portIds: [port.id], userData: '#cloud-config\n' };
  const { id } = await makeServer(holdings, 'a', server, true);
  const poller = serverPoller(holdings.cloud.compute, { everyMs: 500, loneEveryMs: 500 });
  return await poller.active(id, { deadlineMs });
}

/** The test fails when it takes longer than a half of a life may. */
export async function inTime<T>(call: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await call;
  } finally {
    expect(performance.now() - start).toBeLessThan(DEADLINE_MS);
  }
}

/** The one error of something that must fail, in time. */
export async function failureOf(call: Promise<unknown>): Promise<GivreError> {
  const error = await inTime(call).then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
  return error instanceof GivreError ? error : expect.unreachable(`no GivreError: ${messageOf(error)}`);
}

/** Ids of all servers of the run, counted past the proxy. */
export async function serversOf({ direct, runId }: TestAccess): Promise<readonly string[]> {
  return (await direct.compute.listServers()).filter(({ name }) => name.includes(runId)).map(({ id }) => id);
}

/** Closes the run: no failure, and nothing with its id in the project. */
export async function expectNothingLeft(run: TestRun, access: TestAccess): Promise<void> {
  await access.faulty.idle();
  expect(await inTime(run.scope.close())).toEqual([]);
  expect(await access.leftovers()).toEqual([]);
}
