import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { messageOf } from '../../harness/core/errors.ts';
import { exitCodes } from '../../harness/core/exit-codes.ts';
import type { Cloud } from '../../harness/openstack/cloud.ts';
import { CloudError } from '../../harness/openstack/errors.ts';
import { serverPoller } from '../../harness/openstack/poller.ts';
import {
  fakeCloudPath,
  hastyPatience,
  type Ingredients,
  ingredients,
  openTestAccess,
  smallServer,
  type TestAccess,
} from './fake-cloud.fixture.ts';
import type { Rule } from './faulty-cloud/rules.ts';

/** The client and a real cloud that goes wrong: every call ends in time, in success or in one clear error. */

let access: TestAccess;
let cloud: Cloud;
/** A client of little patience. */
let hasty: Cloud;
let parts: Ingredients;
/** Ids of servers that are there all the time. */
let standing: readonly string[];

/** Of one call: no attempt begins after `callMs`, and none takes longer than `requestMs`. */
const CALL_DEADLINE_MS = hastyPatience.callMs + hastyPatience.requestMs + 500;
/** Only the client's deadline ends these. */
const endless: readonly string[] = ['hang', 'hang-after', 'drip'];
/** Errors as a service itself puts them, which have a request id. A load balancer’s and what breaks off may have none. */
const inOwnForm = ['400', '401', '403', '404', '409', '413', '429', '429-date', '500', '503', 'over-quota'];
const list = { method: 'GET', service: 'compute', path: /\/servers\/detail$/ } as const;
const creation = { method: 'POST', service: 'compute', path: /\/servers$/ } as const;

describe.skipIf(fakeCloudPath === '')('the client', () => {
  beforeAll(async () => {
    access = await openTestAccess();
    cloud = await access.open();
    hasty = await access.open(hastyPatience);
    parts = await ingredients(cloud);
    standing = await Promise.all(['a', 'b', 'c'].map((role) => created(access.direct, role)));
    // Nova's short pages may skip a server that moves from the API's database to its cell's meanwhile.
    const poller = serverPoller(access.direct.compute, { everyMs: 500 });
    await Promise.all(standing.map((id) => poller.active(id, { deadlineMs: 120_000 })));
  });

  afterEach(() => access.faulty.heal());
  afterAll(() => access.close());

  async function portFor(role: string): Promise<string> {
    const { networkId } = parts;
    const name = `givre-${access.runId}-${role}`;
    return (await access.direct.network.createPort({ name, description: '', networkId, securityGroupIds: [] })).id;
  }

  async function created(from: Cloud, role: string): Promise<string> {
    return (await from.compute.createServer(smallServer(access.runId, role, parts, await portFor(role)))).id;
  }

  const by = (fault: string): Cloud => (endless.includes(fault) ? hasty : cloud);

  async function idsOfRun(from: Cloud): Promise<readonly string[]> {
    const servers = await from.compute.listServers();
    return servers.filter(({ name }) => name.includes(access.runId)).map(({ id }) => id);
  }

  /** The error of a call that must fail, in time. */
  async function failureOf(call: () => Promise<unknown>): Promise<CloudError> {
    const start = performance.now();
    const error = await call().then(
      (value) => expect.unreachable(`it should have failed, and gave ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
    expect(performance.now() - start).toBeLessThan(CALL_DEADLINE_MS);
    if (!(error instanceof CloudError)) return expect.unreachable(`no CloudError: ${messageOf(error)}`);
    return error;
  }

  /** An error quotes the request id of the last answer, if that had one. */
  function expectLastRequestId(error: CloudError): void {
    const met = access.faulty.log.findLast(({ fault }) => fault !== null);
    const { fault, requestId } = met ?? expect.unreachable('no request has met a fault');
    if (requestId === null) expect(inOwnForm).not.toContain(fault);
    else {
      expect(error.requestId).toBe(requestId);
      expect(error.message).toContain(requestId);
    }
  }

  describe('asks again after what passes', () => {
    test.each([
      'lost-request',
      'lost-answer',
      'hang',
      'hang-after',
      'garbage',
      'cut-body',
      'truncated-json',
      'empty-body',
      'login-page',
      '401',
      '429',
      '429-date',
      '500',
      '502',
      '503',
      '504',
    ] as const)('%s of a list, once', async (fault) => {
      const injection = access.faulty.inject({ ...list, fault, times: 1 });
      expect(await idsOfRun(by(fault))).toEqual(expect.arrayContaining([...standing]));
      expect(injection.hits).toBe(1);
    });

    test('a service that crashes and comes back', async () => {
      access.faulty.inject({ ...list, fault: 'crash', value: 200, times: 1 });
      expect(await idsOfRun(cloud)).toHaveLength(3);
    });

    test('a token that is refused is replaced once, however many requests meet it', async () => {
      const before = access.faulty.log.length;
      access.faulty.inject({ ...list, fault: '401', times: 4 });
      const lists = await Promise.all([1, 2, 3, 4].map(() => idsOfRun(cloud)));
      expect(lists.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
      const tokens = access.faulty.log.slice(before).filter(({ path }) => path.endsWith('/auth/tokens'));
      expect(tokens).toHaveLength(1);
    });

    test('429 not before the time that the cloud named', async () => {
      access.faulty.inject({ ...list, fault: '429', value: 2, times: 1 });
      const start = performance.now();
      await idsOfRun(cloud);
      expect(performance.now() - start).toBeGreaterThan(2_000);
    });
  });

  describe('gives up in time and says why', () => {
    const always: readonly [Rule['fault'], Partial<Rule>, string, RegExp][] = [
      ['lost-request', {}, 'E_CLOUD_UNREACHABLE', /ECONNRESET|other side closed/],
      ['hang', {}, 'E_CLOUD_TIMEOUT', /did not answer GET .* within 4000 ms/],
      ['drip', {}, 'E_CLOUD_TIMEOUT', /did not answer/],
      ['garbage', {}, 'E_CLOUD_UNREACHABLE', /HTTP/],
      ['cut-body', {}, 'E_CLOUD_UNREACHABLE', /closed|ECONNRESET|terminated/],
      ['truncated-json', {}, 'E_CLOUD_BROKEN', /breaks off/],
      ['empty-body', {}, 'E_CLOUD_BROKEN', /empty/],
      ['login-page', {}, 'E_CLOUD_BROKEN', /Please log in/],
      ['wrong-shape', {}, 'E_CLOUD_FORMAT', /items/],
      ['redirect', {}, 'E_CLOUD_ANSWER', /302/],
      ['401', {}, 'E_CLOUD_AUTH', /requires authentication/],
      ['403', { value: 'not for you' }, 'E_CLOUD_FORBIDDEN', /403: not for you/],
      ['404', { value: 'nothing here' }, 'E_CLOUD_NOT_FOUND', /404: nothing here/],
      ['413', { value: 'too large' }, 'E_CLOUD_ANSWER', /413: too large/],
      ['429', { value: 1 }, 'E_CLOUD_BUSY', /429: Too many requests/],
      ['429', { value: 3600 }, 'E_CLOUD_BUSY', /429: Too many requests/],
      ['429-date', { value: 3600 }, 'E_CLOUD_BUSY', /429: Too many requests/],
      ['500', { value: 'database is gone' }, 'E_CLOUD_ANSWER', /500: database is gone/],
      ['502', {}, 'E_CLOUD_ANSWER', /502: 502 Bad Gateway/],
      ['503', {}, 'E_CLOUD_ANSWER', /503: The server is currently unavailable/],
      ['504', {}, 'E_CLOUD_ANSWER', /504: 504 Gateway Time-out/],
    ];
    test.each(always)('%s %j of every list: %s', async (fault, more, code, message) => {
      const injection = access.faulty.inject({ ...list, ...more, fault });
      const error = await failureOf(() => idsOfRun(hasty));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expectLastRequestId(error);
      expect(injection.hits).toBeLessThanOrEqual(hastyPatience.attempts);
    });

    test('a service that refuses connections', async () => {
      await access.faulty.down('compute');
      const error = await failureOf(() => idsOfRun(hasty)).finally(() => access.faulty.up('compute'));
      expect(error).toMatchObject({ code: 'E_CLOUD_UNREACHABLE', uncertain: false });
      expect(error.message).toContain('ECONNREFUSED');
    });

    test('an error of Neutron keeps its words, too', async () => {
      access.faulty.inject({ fault: '409', value: 'Security Group in use', method: 'DELETE', service: 'network' });
      const error = await failureOf(() => cloud.network.deleteSecurityGroup('7a0f0000-0000-4000-8000-000000000000'));
      expect(error).toMatchObject({ code: 'E_CLOUD_CONFLICT', serviceMessage: 'Security Group in use' });
      expectLastRequestId(error);
    });

    test('a microversion that the cloud does not have, before anything is made', async () => {
      access.faulty.inject({ fault: 'old-microversions', value: '2.20', service: 'compute', path: /\/v2\.1\/$/ });
      const fresh = await access.open();
      const error = await failureOf(() => created(fresh, 'old'));
      expect(error.code).toBe('E_CLOUD_MICROVERSION');
      expect(error.message).toContain('speaks 2.1 to 2.20');
      expect(await idsOfRun(access.direct)).toHaveLength(3);
    });
  });

  describe('never sends a creation twice that may have been heard', () => {
    const uncertain: readonly [Rule['fault'], string, number][] = [
      ['lost-request', 'E_CLOUD_UNREACHABLE', 0],
      ['lost-answer', 'E_CLOUD_UNREACHABLE', 1],
      ['late-request', 'E_CLOUD_UNREACHABLE', 1],
      ['crash', 'E_CLOUD_UNREACHABLE', 0],
      ['garbage', 'E_CLOUD_UNREACHABLE', 0],
      ['hang', 'E_CLOUD_TIMEOUT', 0],
      ['hang-after', 'E_CLOUD_TIMEOUT', 1],
      ['cut-body', 'E_CLOUD_UNREACHABLE', 1],
      ['truncated-json', 'E_CLOUD_BROKEN', 1],
      ['empty-body', 'E_CLOUD_BROKEN', 1],
      ['login-page', 'E_CLOUD_BROKEN', 0],
      ['wrong-shape', 'E_CLOUD_FORMAT', 1],
      ['500', 'E_CLOUD_ANSWER', 0],
      ['502', 'E_CLOUD_ANSWER', 0],
      ['504', 'E_CLOUD_ANSWER', 1],
    ];
    test.each(uncertain)(
      '%s: one request, an error that says it is uncertain (%s), %i servers',
      async (fault, code, servers) => {
        const injection = access.faulty.inject({ ...creation, fault });
        const error = await failureOf(() => created(by(fault), fault));
        await access.faulty.idle();
        expect(error).toMatchObject({ code, uncertain: true });
        expectLastRequestId(error);
        expect(injection.hits).toBe(1);
        const found = await access.direct.compute.listServers({ name: `givre-${access.runId}-${fault}` });
        expect(found).toHaveLength(servers);
      },
    );

    test.each([
      ['400', 'E_CLOUD_ANSWER', exitCodes.infrastructure],
      ['403', 'E_CLOUD_FORBIDDEN', exitCodes.infrastructure],
      ['409', 'E_CLOUD_CONFLICT', exitCodes.infrastructure],
      ['over-quota', 'E_CLOUD_QUOTA', exitCodes.invalid],
    ] as const)('%s is a certain no: %s', async (fault, code, exitCode) => {
      const injection = access.faulty.inject({ ...creation, fault });
      const error = await failureOf(() => created(by(fault), fault));
      expect(error).toMatchObject({ code, exitCode, uncertain: false });
      expectLastRequestId(error);
      expect(injection.hits).toBe(1);
    });

    test.each(['401', '429', '429-date'] as const)(
      '%s is no answer at all: it is asked again, for one server',
      async (fault) => {
        access.faulty.inject({ ...creation, fault, times: 1 });
        const id = await created(cloud, `again-${fault}`);
        const found = await access.direct.compute.listServers({ name: `givre-${access.runId}-again-${fault}` });
        expect(found.map((it) => it.id)).toEqual([id]);
      },
    );

    test('a refused connection is asked again, for one server', async () => {
      await access.faulty.down('compute');
      const call = created(cloud, 'refused');
      await new Promise((resolve) => setTimeout(resolve, 100));
      await access.faulty.up('compute');
      const id = await call;
      const found = await access.direct.compute.listServers({ name: `givre-${access.runId}-refused` });
      expect(found.map((it) => it.id)).toEqual([id]);
    });
  });

  describe('reads all pages', () => {
    test.each(['small-pages', 'wrong-host-pages', 'endless-pages'] as const)(
      '%s: everything, and once',
      async (fault) => {
        const rule = fault === 'endless-pages' ? { fault } : { fault, value: 2 };
        const injection = access.faulty.inject({ ...rule, method: 'GET' });
        // Nova's short pages are not stable while somebody's server moves from the API's database to a cell's.
        await expect.poll(() => idsOfRun(cloud), { timeout: 60_000 }).toEqual(expect.arrayContaining([...standing]));
        const servers = await idsOfRun(cloud);
        expect(new Set(servers).size).toBe(servers.length);
        const ports = await cloud.network.listPorts();
        expect(ports.filter(({ name }) => new RegExp(`${access.runId}-[abc]$`).test(name))).toHaveLength(3);
        expect((await cloud.image.listImages({ name: 'debian-12' })).map(({ id }) => id)).toEqual([parts.imageId]);
        expect(injection.hits).toBeGreaterThan(4);
      },
    );
  });

  describe('signing in', () => {
    test.each(['lost-answer', '500', '503', 'truncated-json', '429'] as const)('gets over %s, once', async (fault) => {
      access.faulty.inject({ fault, service: 'identity', times: 1 });
      expect((await access.open()).projectId).toBe(cloud.projectId);
    });

    test.each([
      ['401', 'E_CLOUD_AUTH', /does not accept the password in .*clouds\.yaml.*requires authentication/],
      ['hang', 'E_CLOUD_TIMEOUT', /did not answer POST \/v3\/auth\/tokens/],
      ['login-page', 'E_CLOUD_BROKEN', /Please log in/],
      ['503', 'E_CLOUD_ANSWER', /currently unavailable/],
    ] as const)('%s for ever: %s', async (fault, code, message) => {
      access.faulty.inject({ fault, service: 'identity' });
      const error = await failureOf(() => access.open(hastyPatience));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expectLastRequestId(error);
    });

    test('a catalog without Neutron is named before anything is made', async () => {
      access.faulty.inject({ fault: 'no-service', value: 'network', service: 'identity' });
      await expect(access.open()).rejects.toMatchObject({
        code: 'E_CLOUD_SERVICE',
        message: expect.stringContaining('has no public network endpoint'),
        exitCode: exitCodes.usage,
      });
    });
  });
});
