import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../harness/core/exit-codes.ts';
import { fakeCloudPath } from './fake-cloud.fixture.ts';
import { LOOK_ALIKE_ID } from './faulty-cloud/lies.ts';
import type { Rule } from './faulty-cloud/rules.ts';
import { inTime, type Lives, on, openLives } from './machine-life.fixture.ts';

/** Whatever the removal of a machine meets in a real cloud, nothing is left, or what is left is named. */

describe.skipIf(fakeCloudPath === '')('a machine in a cloud that goes wrong', { timeout: 300_000 }, () => {
  let lives: Lives;
  beforeAll(async () => {
    lives = await openLives();
  });
  afterAll(() => lives.close());

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
      await using life = await lives.open(rules);
      await life.makeMachine({ grouped: true });
      const injections = life.inject(rules);
      await life.expectCleanEnd();
      expect(injections.map(({ hits }) => hits > 0)).toEqual(rules.map(() => true));
      expect(life.log().filter(({ method, path }) => method === 'DELETE' && path.includes(LOOK_ALIKE_ID))).toEqual([]);
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
    await using life = await lives.open([rule], 5_000);
    await life.makeMachine({ grouped: true });
    life.inject([rule]);
    const failures = await inTime(life.scope.close());
    expect(failures).toHaveLength(1);
    expect(failures[0]?.error).toMatchObject({
      code: 'E_CLOUD_LEFT',
      exitCode: exitCodes.leftBehind,
      message: expect.stringMatching(message),
    });
  });
});
