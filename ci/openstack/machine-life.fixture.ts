import { expect } from 'vitest';
import { GivreError, messageOf } from '../../harness/core/errors.ts';
import type { Cloud } from '../../harness/openstack/cloud.ts';
import type { Server } from '../../harness/openstack/compute.ts';
import { openTestRun, type TestRun } from '../../harness/openstack/holdings.fixture.ts';
import { serverPoller } from '../../harness/openstack/poller.ts';
import { makePort, makeSecurityGroup, makeServer } from '../../harness/openstack/resources.ts';
import { hastyPatience, type Ingredients, ingredients, openTestAccess, type TestAccess } from './fake-cloud.fixture.ts';
import type { LoggedRequest } from './faulty-cloud/exchange.ts';
import type { Injection, Rule } from './faulty-cloud/rules.ts';

/** Of each half of a life, creation and removal. Most of it is for a machine that does other things, too. */
const DEADLINE_MS = 120_000;
/** Faults that only the client's own deadline ends. */
const endless: readonly string[] = ['hang', 'hang-after', 'drip'];

/** Requests in the life of a machine, for rules. */
export const on = {
  servers: { method: 'POST', service: 'compute', path: /\/servers$/ },
  ports: { method: 'POST', service: 'network', path: /\/ports$/ },
  looks: { method: 'GET', service: 'compute', path: /\/servers/ },
  looksAtOne: { method: 'GET', service: 'compute', path: /\/servers\/[0-9a-f-]{36}$/ },
  serverDeletion: { method: 'DELETE', service: 'compute', path: /\/servers\// },
  portDeletion: { method: 'DELETE', service: 'network', path: /\/ports\// },
  groupDeletion: { method: 'DELETE', service: 'network', path: /\/security-groups\// },
} as const satisfies Record<string, Partial<Rule>>;

/** One run by way of the faulty cloud, and what is seen of it past that. */
interface Life extends TestRun {
  readonly runId: string;
  readonly cloud: Cloud;
  /** Only the requests of this life. */
  log(): readonly LoggedRequest[];
  inject(rules: readonly Rule[]): readonly Injection[];
  /** A port and a server that becomes ACTIVE; with a security group, too, if it is `grouped`. */
  makeMachine(wanted?: { grouped?: boolean; flavorId?: string; deadlineMs?: number }): Promise<Server>;
  /** Ids of all servers with the run's id in their names. */
  servers(): Promise<readonly string[]>;
  /** Removes everything: that does not fail, and nothing with the run's id is left in the project. */
  expectCleanEnd(): Promise<void>;
}

/** Lives one after the other, over one proxy and with one token. */
export interface Lives {
  readonly access: TestAccess;
  readonly parts: Ingredients;
  /** `rules` only say which client it needs; they are not injected yet. */
  open(rules: readonly Rule[], removalDeadlineMs?: number): Promise<Life>;
  close(): Promise<void>;
}

export async function openLives(): Promise<Lives> {
  const access = await openTestAccess();
  const patient = await access.open();
  const hasty = await access.open(hastyPatience);
  const parts = await ingredients(access.direct);
  return {
    access,
    parts,
    async open(rules, removalDeadlineMs = DEADLINE_MS) {
      await access.faulty.heal();
      const cloud = rules.some(({ fault }) => endless.includes(fault)) ? hasty : patient;
      const runId = access.newRunId();
      const run = await openTestRun(cloud, runId, { removalDeadlineMs });
      return lifeOf(access, parts, cloud, { ...run, runId });
    },
    close: access.close,
  };
}

function lifeOf(access: TestAccess, parts: Ingredients, cloud: Cloud, run: TestRun & { readonly runId: string }): Life {
  const { direct, faulty } = access;
  const from = faulty.log.length;
  return {
    ...run,
    cloud,
    log: () => faulty.log.slice(from),
    inject: (rules) => rules.map(faulty.inject),
    makeMachine: (wanted = {}) => makeMachine(run, parts, cloud, wanted),
    async servers() {
      return (await direct.compute.listServers()).filter(({ name }) => name.includes(run.runId)).map(({ id }) => id);
    },
    async expectCleanEnd() {
      await faulty.idle();
      expect(await inTime(run.scope.close())).toEqual([]);
      expect(await access.leftovers(run.runId)).toEqual([]);
    },
  };
}

async function makeMachine(
  { holdings }: TestRun,
  parts: Ingredients,
  cloud: Cloud,
  { grouped = false, flavorId = parts.flavorId, deadlineMs = DEADLINE_MS },
): Promise<Server> {
  const { networkId, imageId } = parts;
  const group = grouped ? await makeSecurityGroup(holdings, 'a', [{ port: 22, cidr: '10.76.1.1/32' }]) : undefined;
  const securityGroupIds = group === undefined ? [] : [group.id];
  const port = await makePort(holdings, 'a', { networkId, securityGroupIds });
  const server = { imageId, flavorId, portIds: [port.id], userData: '#cloud-config\n' };
  const { id } = await makeServer(holdings, 'a', server, true);
  const poller = serverPoller(cloud.compute, { everyMs: 500, loneEveryMs: 500 });
  return await poller.active(id, { deadlineMs });
}

/** The test fails when it takes longer than a half of a life may. */
export async function inTime<T>(call: Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await call;
  expect(performance.now() - start).toBeLessThan(DEADLINE_MS);
  return value;
}

/** The one error of something that must fail, in time. */
export async function failureOf(call: Promise<unknown>): Promise<GivreError> {
  const outcome = await inTime(
    call.then(
      () => 'success',
      (error: unknown) => error,
    ),
  );
  return outcome instanceof GivreError ? outcome : expect.unreachable(`no GivreError: ${messageOf(outcome)}`);
}
