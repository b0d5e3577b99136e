import { beforeAll, describe, expect, test } from 'vitest';
import { GivreError, messageOf } from '../../harness/core/errors.ts';
import { type ExitCode, exitCodes } from '../../harness/core/exit-codes.ts';
import type { Server } from '../../harness/openstack/compute.ts';
import { openTestRun, type TestRun } from '../../harness/openstack/holdings.fixture.ts';
import { serverPoller } from '../../harness/openstack/poller.ts';
import { makePort, makeSecurityGroup, makeServer } from '../../harness/openstack/resources.ts';
import {
  fakeCloudPath,
  hastyPatience,
  type Ingredients,
  ingredients,
  openTestAccess,
  smallServer,
  type TestAccess,
} from './fake-cloud.fixture.ts';
import { LOOK_ALIKE_ID } from './faulty-cloud/lies.ts';
import type { Rule } from './faulty-cloud/rules.ts';

/**
 * The whole life of a machine in a real cloud that goes wrong: whatever it meets, it ends in time, in success or in one
 * clear error; it is never there twice, and nothing of it is left.
 */

/** Of each half of a life, creation and removal. A removal may have to wait for Nova's patience of 30 s. */
const DEADLINE_MS = 75_000;
const ACTIVE_DEADLINE_MS = 40_000;
/** Faults that only the client's own deadline ends. */
const endless: readonly string[] = ['hang', 'hang-after', 'drip'];

const on = {
  servers: { method: 'POST', service: 'compute', path: /\/servers$/ },
  ports: { method: 'POST', service: 'network', path: /\/ports$/ },
  groups: { method: 'POST', service: 'network', path: /\/security-groups$/ },
  rules: { method: 'POST', service: 'network', path: /\/security-group-rules$/ },
  looks: { method: 'GET', service: 'compute', path: /\/servers/ },
  serverDeletion: { method: 'DELETE', service: 'compute', path: /\/servers\// },
  portDeletion: { method: 'DELETE', service: 'network', path: /\/ports\// },
  groupDeletion: { method: 'DELETE', service: 'network', path: /\/security-groups\// },
} as const satisfies Record<string, Partial<Rule>>;

let parts: Ingredients;

/** A life through the proxy of its own; what is left afterwards is looked at past it. */
async function withRun(
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
async function makeMachine(
  { holdings }: TestRun,
  flavorId = parts.flavorId,
  deadlineMs = ACTIVE_DEADLINE_MS,
): Promise<Server> {
  const { networkId, imageId } = parts;
  const group = await makeSecurityGroup(holdings, 'a', [{ port: 22, cidr: '10.76.1.1/32' }]);
  const port = await makePort(holdings, 'a', { networkId, securityGroupIds: [group.id] });
  const server = { imageId, flavorId, portIds: [port.id], userData: '#cloud-config\n' };
  const { id } = await makeServer(holdings, 'a', server, true);
  const poller = serverPoller(holdings.cloud.compute, { everyMs: 500, loneEveryMs: 500 });
  return await poller.active(id, { deadlineMs });
}

async function inTime<T>(call: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await call;
  } finally {
    expect(performance.now() - start).toBeLessThan(DEADLINE_MS);
  }
}

async function failureOf(call: Promise<unknown>): Promise<GivreError> {
  const error = await inTime(call).then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
  return error instanceof GivreError ? error : expect.unreachable(`no GivreError: ${messageOf(error)}`);
}

async function serversOf({ direct, runId }: TestAccess): Promise<readonly string[]> {
  return (await direct.compute.listServers()).filter(({ name }) => name.includes(runId)).map(({ id }) => id);
}

async function expectNothingLeft(run: TestRun, access: TestAccess): Promise<void> {
  await access.faulty.idle();
  expect(await inTime(run.scope.close())).toEqual([]);
  expect(await access.leftovers()).toEqual([]);
}

describe.skipIf(fakeCloudPath === '')(
  'a machine in a cloud that goes wrong',
  { timeout: 240_000, concurrent: true },
  () => {
    beforeAll(async () => {
      const access = await openTestAccess();
      parts = await ingredients(access.direct);
      await access.close();
    });

    describe('is made all the same, once, and goes', () => {
      const survived: readonly (readonly [string, readonly Rule[]])[] = [
        ['the creation is lost', [{ ...on.servers, fault: 'lost-request', times: 1 }]],
        ['the answer to the creation is lost', [{ ...on.servers, fault: 'lost-answer', times: 1 }]],
        ['the creation is never answered', [{ ...on.servers, fault: 'hang', times: 1 }]],
        ['the creation happens and is never answered', [{ ...on.servers, fault: 'hang-after', times: 1 }]],
        ['a gateway gives up on the creation (504)', [{ ...on.servers, fault: '504', times: 1 }]],
        ['a gateway cannot pass the creation on (502)', [{ ...on.servers, fault: '502', times: 1 }]],
        ['Nova stumbles (500)', [{ ...on.servers, fault: '500', times: 1 }]],
        ['Nova is overloaded (503)', [{ ...on.servers, fault: '503', times: 1 }]],
        ['the answer breaks off', [{ ...on.servers, fault: 'cut-body', times: 1 }]],
        ['the answer is half a JSON', [{ ...on.servers, fault: 'truncated-json', times: 1 }]],
        ['the answer is empty', [{ ...on.servers, fault: 'empty-body', times: 1 }]],
        ['the answer has another shape', [{ ...on.servers, fault: 'wrong-shape', times: 1 }]],
        ['the answer is no HTTP', [{ ...on.servers, fault: 'garbage', times: 1 }]],
        ['the answer is a login page', [{ ...on.servers, fault: 'login-page', times: 1 }]],
        ['Nova is restarted', [{ ...on.servers, fault: 'crash', value: 1000, times: 1 }]],
        ['the token is refused once', [{ ...on.servers, fault: '401', times: 1 }]],
        ['Nova asks for a pause of seconds', [{ ...on.servers, fault: '429', value: 2, times: 2 }]],
        ['Nova asks for a pause until a date', [{ ...on.servers, fault: '429-date', value: 2, times: 1 }]],
        [
          'all answers to creations are lost, and every list has a stranger of the same name',
          [
            { method: 'POST', path: /servers$|ports$|security-groups$/, fault: 'lost-answer' },
            { method: 'GET', fault: 'look-alike' },
          ],
        ],
        [
          'the answer is lost and lists lag behind',
          [
            { ...on.servers, fault: 'lost-answer', times: 1 },
            { ...on.looks, fault: 'stale-list', value: 1 },
          ],
        ],
        [
          'Neutron’s answers are lost',
          [{ method: 'POST', service: 'network', fault: 'lost-answer', probability: 0.5, seed: 3 }],
        ],
        ['Neutron is slow', [{ method: 'POST', service: 'network', fault: 'delay', value: 700 }]],
        ['a server cannot be found at first', [{ ...on.looks, fault: '500', times: 5 }]],
        ['pages are short and name other hosts', [{ method: 'GET', fault: 'wrong-host-pages' }]],
        ['pages never end', [{ method: 'GET', fault: 'endless-pages' }]],
        ['the cloud lives an hour ahead', [{ fault: 'clock-skew', value: 3600 }]],
      ];
      test.each(survived)('%s', async (_, rules) => {
        await withRun(rules, async (run, access) => {
          const injections = rules.map(access.faulty.inject);
          const server = await inTime(makeMachine(run));
          expect(server.status).toBe('ACTIVE');
          expect(injections.every(({ hits }) => hits > 0)).toBe(true);
          expect(await serversOf(access)).toEqual([server.id]);
          await expectNothingLeft(run, access);
          expect(
            access.faulty.log.filter(({ path }) => path.includes(LOOK_ALIKE_ID)).map((it) => it.method),
          ).not.toContain('DELETE');
        });
      });
    });

    describe('ends in one error that says why, and goes', () => {
      const fatal: readonly (readonly [string, Rule, string, RegExp, ExitCode])[] = [
        [
          'a creation without the right',
          { ...on.servers, fault: '403', value: 'not you' },
          'E_CLOUD_FORBIDDEN',
          /403: not you \[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a creation over quota',
          { ...on.servers, fault: 'over-quota' },
          'E_CLOUD_QUOTA',
          /Quota exceeded for instances.*\[req-/,
          exitCodes.invalid,
        ],
        [
          'a port over quota',
          { ...on.ports, fault: 'over-quota' },
          'E_CLOUD_QUOTA',
          /Quota exceeded for resources.*\[req-/,
          exitCodes.invalid,
        ],
        [
          'a creation that is wrong',
          { ...on.servers, fault: '400', value: 'bad flavor' },
          'E_CLOUD_ANSWER',
          /400: bad flavor \[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a creation that is too large',
          { ...on.servers, fault: '413', value: 'too much' },
          'E_CLOUD_ANSWER',
          /413: too much \[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a creation that collides',
          { ...on.servers, fault: '409', value: 'port in use' },
          'E_CLOUD_CONFLICT',
          /409: port in use \[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a creation that always fails',
          { ...on.servers, fault: '500', value: 'no database' },
          'E_CLOUD_ANSWER',
          /500: no database \[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a creation that is always lost',
          { ...on.servers, fault: 'lost-request' },
          'E_CLOUD_UNREACHABLE',
          /cannot be reached for POST/,
          exitCodes.infrastructure,
        ],
        [
          'a creation that never comes back',
          { ...on.servers, fault: 'hang' },
          'E_CLOUD_TIMEOUT',
          /did not answer POST .* within 2000 ms/,
          exitCodes.infrastructure,
        ],
        [
          'a rate limit for an hour',
          { ...on.servers, fault: '429', value: 3600 },
          'E_CLOUD_BUSY',
          /429: Too many requests.*\[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a redirection to a login',
          { ...on.servers, fault: 'redirect' },
          'E_CLOUD_ANSWER',
          /302/,
          exitCodes.infrastructure,
        ],
        [
          'a token that is never accepted',
          { ...on.servers, fault: '401' },
          'E_CLOUD_AUTH',
          /401: The request you have made requires authentication.*\[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a server in ERROR',
          { ...on.looks, fault: 'server-error', value: 'no libvirt' },
          'E_SERVER_ERROR',
          /went into ERROR: no libvirt/,
          exitCodes.infrastructure,
        ],
        [
          'no valid host',
          { ...on.looks, fault: 'no-valid-host' },
          'E_CAPACITY',
          /No valid host was found/,
          exitCodes.invalid,
        ],
        [
          'an endless BUILD',
          { ...on.looks, fault: 'endless-build' },
          'E_DEADLINE',
          /to become ACTIVE; last seen: BUILD, spawning/,
          exitCodes.infrastructure,
        ],
        [
          'looks that never come back',
          { ...on.looks, fault: 'drip' },
          'E_DEADLINE',
          /last seen: .*did not answer/,
          exitCodes.infrastructure,
        ],
        [
          'looks that always fail',
          { ...on.looks, fault: '503' },
          'E_DEADLINE',
          /last seen: .*503.*\[req-/,
          exitCodes.infrastructure,
        ],
        [
          'a Nova that is too old',
          { service: 'compute', path: /\/v2\.1\/$/, fault: 'old-microversions', value: '2.20' },
          'E_CLOUD_MICROVERSION',
          /speaks 2.1 to 2.20/,
          exitCodes.infrastructure,
        ],
      ];
      test.each(fatal)('%s', async (_, rule, code, message, exitCode) => {
        await withRun([rule], async (run, access) => {
          const { hits } = access.faulty.inject(rule);
          expect(hits).toBe(0);
          const error = await failureOf(makeMachine(run, parts.flavorId, 10_000));
          expect(error).toMatchObject({ code, exitCode, message: expect.stringMatching(message) });
          expect((await serversOf(access)).length).toBeLessThanOrEqual(1);
          await access.faulty.heal();
          await expectNothingLeft(run, access);
        });
      });

      test('a service that is gone in the middle, and back for the removal', async () => {
        await withRun([], async (run, access) => {
          const made = failureOf(makeMachine(run, parts.flavorId, 8_000));
          await expect.poll(() => serversOf(access), { timeout: 30_000, interval: 200 }).toHaveLength(1);
          await access.faulty.down('compute');
          expect(await made).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
          await access.faulty.up('compute');
          await expectNothingLeft(run, access);
        });
      });
    });

    describe('is removed all the same', () => {
      const deletions = [on.serverDeletion, on.portDeletion, on.groupDeletion];
      const hindered: readonly (readonly [string, readonly Rule[]])[] = [
        ['deletions are lost', deletions.map((it) => ({ ...it, fault: 'lost-request', times: 1 }))],
        ['answers to deletions are lost', deletions.map((it) => ({ ...it, fault: 'lost-answer', times: 1 }))],
        ['deletions are never answered', deletions.map((it) => ({ ...it, fault: 'hang', times: 1 }))],
        ['deletions are in conflict', deletions.map((it) => ({ ...it, fault: '409', times: 2 }))],
        ['deletions find an old token', deletions.map((it) => ({ ...it, fault: '401', times: 1 }))],
        ['deletions come too fast', deletions.map((it) => ({ ...it, fault: '429', times: 1 }))],
        ['deletions fail', deletions.map((it) => ({ ...it, fault: '500', times: 2 }))],
        [
          'deletions of ports and groups lie',
          deletions.slice(1).map((it) => ({ ...it, fault: 'delete-lies', times: 1 })),
        ],
        ['the deletion of a server lies', [{ ...on.serverDeletion, fault: 'delete-lies', times: 1 }]],
        ['deletions say that nothing is there', deletions.map((it) => ({ ...it, fault: '404', times: 1 }))],
        ['looks fail', [{ method: 'GET', fault: '503', times: 12 }]],
        ['looks are refused by a crash', [{ method: 'GET', fault: 'crash', value: 700, times: 3 }]],
        ['lists have strangers of the same name', [{ method: 'GET', fault: 'look-alike' }]],
        ['lists never end', [{ method: 'GET', fault: 'endless-pages' }]],
        ['lists come in short pages', [{ method: 'GET', fault: 'small-pages' }]],
        [
          'lists lack what is new, and the deletion of the group is in conflict',
          [
            { method: 'GET', fault: 'stale-list', value: 60 },
            { ...on.groupDeletion, fault: '409', times: 1 },
          ],
        ],
        ['every third answer is lost', [{ fault: 'lost-answer', probability: 0.33, seed: 5 }]],
      ];
      test.each(hindered)('%s', async (_, rules) => {
        await withRun(rules, async (run, access) => {
          await makeMachine(run);
          const injections = rules.map(access.faulty.inject);
          await expectNothingLeft(run, access);
          expect(injections.every(({ hits }) => hits > 0)).toBe(true);
          expect(
            access.faulty.log.some(({ method, path }) => method === 'DELETE' && path.includes(LOOK_ALIKE_ID)),
          ).toBe(false);
        });
      });

      test.each([
        [
          'a server that may not be deleted',
          { ...on.serverDeletion, fault: '403', value: 'locked' },
          /server givre-\S+ \(\S+\): .*403: locked \[req-/,
        ],
        [
          'a port whose deletion always fails',
          { ...on.portDeletion, fault: '500', value: 'agent is dead' },
          /port givre-\S+ \(\S+\): .*500: agent is dead \[req-/,
        ],
        [
          'a group that stays in use',
          { ...on.groupDeletion, fault: '409', value: 'in use' },
          /security group givre-\S+ \(\S+\): .*409: in use \[req-/,
        ],
        [
          'a group whose deletion lies',
          { ...on.groupDeletion, fault: 'delete-lies' },
          /security group givre-\S+ \(\S+\): it is still there/,
        ],
      ] as const)('or is named: %s', async (_, rule, message) => {
        await withRun([rule], async (_unused, access) => {
          await using run = await openTestRun(await access.open(), access.runId, { removalDeadlineMs: 5_000 });
          await makeMachine(run);
          access.faulty.inject(rule);
          const failures = await inTime(run.scope.close());
          expect(failures).toHaveLength(1);
          expect(failures[0]?.error).toMatchObject({
            code: 'E_CLOUD_LEFT',
            exitCode: exitCodes.leftBehind,
            message: expect.stringMatching(message),
          });
        });
      });
    });

    test('a stranger of the very same name is neither adopted nor touched', async () => {
      await withRun([], async (run, access) => {
        const { direct, runId, faulty } = access;
        const { networkId } = parts;
        const port = await direct.network.createPort({
          name: 'c-stranger',
          description: runId,
          networkId,
          securityGroupIds: [],
        });
        const stranger = await direct.compute.createServer({
          ...smallServer(runId, 'a', parts, port.id),
          metadata: {},
          tags: [],
        });
        faulty.inject({ ...on.servers, fault: 'lost-answer', times: 1 });
        const server = await makeMachine(run);
        expect(server.id).not.toBe(stranger.id);
        expect(await run.scope.close()).toEqual([]);
        expect((await access.leftovers()).map(({ id }) => id).sort()).toEqual([port.id, stranger.id].sort());
      });
    });

    test('a flavor that fits nowhere ends in Nova’s own words', async () => {
      await withRun([], async (run, access) => {
        const flavors = await access.direct.compute.listFlavors();
        const huge = flavors.find(({ name }) => name === 'm1.huge');
        const error = await failureOf(makeMachine(run, huge?.id ?? ''));
        expect(error).toMatchObject({
          code: 'E_CAPACITY',
          exitCode: exitCodes.invalid,
          message: expect.stringContaining('No valid host'),
        });
        await expectNothingLeft(run, access);
      });
    });
  },
);
