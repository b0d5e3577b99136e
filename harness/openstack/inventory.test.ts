import { expect, test } from 'vitest';
import { sayJson, status } from './cloud-server.fixture.ts';
import { openTestRun } from './holdings.fixture.ts';
import { auditRun, describeUnseen, listMarked } from './inventory.ts';
import { type ProjectCloud, startProjectCloud } from './project-cloud.fixture.ts';
import { makePort, makeSecurityGroup } from './resources.ts';

/** Services fail for good, not for a moment. */
const impatient = { patience: { requestMs: 2_000, callMs: 200, firstPauseMs: 5, attempts: 2 } };

const notFound = status(404);

function withoutExtensions(cloud: ProjectCloud): void {
  cloud.answer('GET', '/floatingips', notFound);
  cloud.answer('GET', '/os-server-groups', notFound);
  cloud.answer('GET', '/volumes/detail', notFound);
}

test('a cloud without floating IPs, server groups and volumes has none of them, and is audited and cleaned up', async () => {
  await using cloud = await startProjectCloud();
  withoutExtensions(cloud);
  const opened = await cloud.open();
  await using run = await openTestRun(opened, 'f-small');
  await makeSecurityGroup(run.holdings, 'a', []);
  await makePort(run.holdings, 'a', { networkId: 'n1', securityGroupIds: [] });
  const { marked, unseen } = await auditRun(opened, 'f-small');
  expect(marked.map((it) => it.kind)).toEqual(['port', 'security-group']);
  expect(unseen).toEqual([]);
  expect(await run.scope.close()).toEqual([]);
  expect(await auditRun(opened, 'f-small')).toEqual({ marked: [], unseen: [] });
  await opened.close();
});

test('a kind that may not or cannot be listed is named with its reason, and hides no other', async () => {
  await using cloud = await startProjectCloud();
  cloud.answer('GET', '/os-server-groups', (_, response) =>
    sayJson(response, 403, { forbidden: { code: 403, message: 'Policy does not allow os-server-groups:index' } }),
  );
  cloud.answer('GET', '/volumes/detail', status(503));
  const opened = await cloud.open(impatient);
  await using run = await openTestRun(opened, 'f-blind');
  await makePort(run.holdings, 'a', { networkId: 'n1', securityGroupIds: [] });
  const { marked, unseen } = await listMarked(opened);
  expect(marked.map((it) => it.kind)).toEqual(['port']);
  expect(unseen.map(describeUnseen)).toEqual([
    expect.stringMatching(/^volumes cannot be listed: volume answered GET .* with 503/),
    expect.stringMatching(/^server groups cannot be listed: .*403: Policy does not allow/),
  ]);
  expect(await run.scope.close()).toEqual([]);
  await opened.close();
});

test('services that every cloud has are not empty because their endpoint is wrong', async () => {
  await using cloud = await startProjectCloud();
  cloud.answer('GET', '/images', notFound);
  const opened = await cloud.open();
  expect((await listMarked(opened)).unseen).toMatchObject([{ kind: 'image' }]);
  await opened.close();
});

test('a list that breaks off is no empty one: what its pages begin after may be deleted meanwhile', async () => {
  await using cloud = await startProjectCloud();
  cloud.answer('GET', '/volumes/detail', ({ url }, response) => {
    if (url.includes('marker')) return sayJson(response, 404, { itemNotFound: { code: 404, message: 'v1' } });
    const href = `${cloud.origin}/volume/v3/volumes/detail?marker=v1`;
    const volumes = [{ id: 'v1', name: 'x', status: 'available', metadata: {} }];
    return sayJson(response, 200, { volumes, volumes_links: [{ rel: 'next', href }] });
  });
  const opened = await cloud.open();
  const [unseen, ...others] = (await listMarked(opened)).unseen;
  expect(unseen).toMatchObject({ kind: 'volume', why: expect.stringContaining('broke off') });
  expect(others).toEqual([]);
  await opened.close();
});
