import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExitCode, exitCodes } from '../../harness/core/exit-codes.ts';
import { fakeCloudPath, smallServer } from './fake-cloud.fixture.ts';
import { LOOK_ALIKE_ID } from './faulty-cloud/lies.ts';
import type { Rule } from './faulty-cloud/rules.ts';
import { failureOf, inTime, type Lives, on, openLives } from './machine-life.fixture.ts';

/**
 * Whatever the creation of a machine meets in a real cloud, it ends in time, in success or in one clear error; the
 * machine is never there twice, and nothing of it is left.
 */

describe.skipIf(fakeCloudPath === '')('a machine in a cloud that goes wrong', { timeout: 300_000 }, () => {
  let lives: Lives;
  beforeAll(async () => {
    lives = await openLives();
  });
  afterAll(() => lives.close());

  describe('is made all the same, once, and goes', () => {
    const survived: readonly (readonly [string, readonly Rule[]])[] = [
      ['the creation is lost', [{ ...on.servers, fault: 'lost-request', times: 1 }]],
      ['the answer to the creation is lost', [{ ...on.servers, fault: 'lost-answer', times: 1 }]],
      ['the creation is never answered', [{ ...on.servers, fault: 'hang', times: 1 }]],
      ['the creation happens and is never answered', [{ ...on.servers, fault: 'hang-after', times: 1 }]],
      ['a gateway gives up on the creation (504)', [{ ...on.servers, fault: '504', times: 1 }]],
      ['a gateway cannot pass the creation on (502)', [{ ...on.servers, fault: '502', times: 1 }]],
      ['Nova stumbles (500)', [{ ...on.servers, fault: '500', times: 1 }]],
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
      ['the creation of the port lands late', [{ ...on.ports, fault: 'late-request', value: 3_000, times: 1 }]],
      ['Neutron is slow', [{ method: 'POST', service: 'network', fault: 'delay', value: 700 }]],
      ['a server cannot be found at first', [{ ...on.looks, fault: '500', times: 5 }]],
      ['pages are short and name other hosts', [{ method: 'GET', fault: 'wrong-host-pages' }]],
      ['pages never end', [{ method: 'GET', fault: 'endless-pages' }]],
      ['the cloud lives an hour ahead', [{ fault: 'clock-skew', value: 3600 }]],
    ];
    test.each(survived)('%s', async (_, rules) => {
      await using life = await lives.open(rules);
      const injections = life.inject(rules);
      const server = await inTime(life.makeMachine({ grouped: rules.some(({ service }) => service === 'network') }));
      expect(server.status).toBe('ACTIVE');
      expect(injections.map(({ hits }) => hits > 0)).toEqual(rules.map(() => true));
      expect(await life.servers()).toEqual([server.id]);
      await life.expectCleanEnd();
      expect(life.log().filter(({ method, path }) => method === 'DELETE' && path.includes(LOOK_ALIKE_ID))).toEqual([]);
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
        /did not answer POST .* within \d+ ms/,
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
        { ...on.looksAtOne, fault: 'drip' },
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
    ];
    test.each(fatal)('%s', async (_, rule, code, message, exitCode) => {
      await using life = await lives.open([rule]);
      life.inject([rule]);
      const error = await failureOf(life.makeMachine({ deadlineMs: 10_000 }));
      expect(error).toMatchObject({ code, exitCode, message: expect.stringMatching(message) });
      expect((await life.servers()).length).toBeLessThanOrEqual(1);
      await lives.access.faulty.heal();
      await life.expectCleanEnd();
    });

    test('a service that is gone in the middle, and back for the removal', async () => {
      const { faulty } = lives.access;
      await using life = await lives.open([]);
      const made = failureOf(life.makeMachine({ deadlineMs: 10_000 }));
      await expect.poll(() => life.servers(), { timeout: 60_000, interval: 200 }).toHaveLength(1);
      await faulty.down('compute');
      expect(await made).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
      await faulty.up('compute');
      await life.expectCleanEnd();
    });
  });

  test('what cannot be looked for is not asked for a second time', async () => {
    await using life = await lives.open([]);
    life.inject([
      { ...on.ports, fault: 'lost-answer', times: 1 },
      { method: 'GET', service: 'network', path: /\/ports$/, fault: '503' },
    ]);
    const error = await failureOf(life.makeMachine());
    expect(error).toMatchObject({
      code: 'E_CLOUD_UNREACHABLE',
      message: expect.stringContaining('for POST /v2.0/ports'),
    });
    expect(life.log().filter(({ method, path }) => method === 'POST' && path.endsWith('/ports'))).toHaveLength(1);
    await lives.access.faulty.heal();
    await life.expectCleanEnd();
  });

  test('a stranger of the very same name is neither adopted nor touched', async () => {
    const { direct, leftovers } = lives.access;
    await using life = await lives.open([]);
    const { networkId } = lives.parts;
    const name = 'c-stranger';
    const port = await direct.network.createPort({ name, description: life.runId, networkId, securityGroupIds: [] });
    const twin = { ...smallServer(life.runId, 'a', lives.parts, port.id), metadata: {}, tags: [] };
    const stranger = await direct.compute.createServer(twin);
    life.inject([{ ...on.servers, fault: 'lost-answer', times: 1 }]);
    const server = await life.makeMachine();
    expect(server.id).not.toBe(stranger.id);
    expect(await life.scope.close()).toEqual([]);
    expect((await leftovers(life.runId)).map(({ id }) => id).sort()).toEqual([port.id, stranger.id].sort());
  });

  test('a flavor that fits nowhere ends in Nova’s own words', async () => {
    await using life = await lives.open([]);
    const flavors = await lives.access.direct.compute.listFlavors();
    const flavorId = flavors.find(({ name }) => name === 'm1.huge')?.id ?? '';
    const error = await failureOf(life.makeMachine({ flavorId }));
    expect(error).toMatchObject({
      code: 'E_CAPACITY',
      exitCode: exitCodes.invalid,
      message: expect.stringContaining('No valid host'),
    });
    await life.expectCleanEnd();
  });
});
