import { expect, test } from 'vitest';
import { sayJson } from './cloud-server.fixture.ts';
import { openTestRun, type TestRun } from './holdings.fixture.ts';
import { auditRun } from './inventory.ts';
import { readJournal } from './journal.ts';
import { type ProjectCloud, startProjectCloud } from './project-cloud.fixture.ts';
import { makePort, makeSecurityGroup, makeServer } from './resources.ts';

/** A run whose journal cannot be written any more once `full` says so: its disk is full. */
async function runOnFullDisk(cloud: ProjectCloud, runId: string) {
  const disk = { full: false };
  const opened = await cloud.open();
  const run = await openTestRun(opened, runId, {
    looksAfterMs: [0],
    onPoint({ when }) {
      if (disk.full && when === 'before') throw new Error('ENOSPC: no space left on device, write');
    },
  });
  return { disk, opened, run };
}

const server = { imageId: 'base', flavorId: 'f1', portIds: [], userData: '' };

async function makeTwo({ holdings }: TestRun): Promise<void> {
  await makeSecurityGroup(holdings, 'a', []);
  await makePort(holdings, 'a', { networkId: 'n1', securityGroupIds: [] });
}

test('one creation that was refused and a disk that is full keep nothing from being removed', async () => {
  await using cloud = await startProjectCloud();
  const { disk, opened, run } = await runOnFullDisk(cloud, 'f-full');
  await using _ = run;
  await makeTwo(run);
  cloud.answer('POST', '/servers', (_asked, response) =>
    sayJson(response, 403, { forbidden: { code: 403, message: 'Quota exceeded for instances' } }),
  );
  await expect(makeServer(run.holdings, 'a', server, true)).rejects.toMatchObject({ code: 'E_CLOUD_QUOTA' });
  disk.full = true;
  expect(await run.scope.close()).toEqual([]);
  expect(await auditRun(opened, 'f-full')).toEqual({ marked: [], unseen: [] });
  expect(run.notes).toContain(
    'could not write down that givre-f-full-a is gone: ENOSPC: no space left on device, write',
  );
  // What could not be crossed out is for the reaper, which finds that it is gone.
  await run.journal.close();
  expect(await readJournal(run.stateFolder, 'f-full')).toHaveLength(3);
  await opened.close();
});

test('what landed after its answer was lost goes, though its id cannot be written down', async () => {
  await using cloud = await startProjectCloud();
  const { disk, opened, run } = await runOnFullDisk(cloud, 'f-late');
  await using _ = run;
  let landed = (): void => {};
  cloud.answer('POST', '/ports', ({ body }, response) => {
    const { port } = JSON.parse(body);
    landed = () => {
      for (const id of ['late-1', 'late-2']) cloud.keep('ports', { id, ...port });
    };
    response.socket?.destroy();
    return true;
  });
  await expect(makePort(run.holdings, 'a', { networkId: 'n1', securityGroupIds: [] })).rejects.toThrow();
  landed();
  disk.full = true;
  expect(await run.scope.close()).toEqual([]);
  expect([...cloud.kept('ports').keys()]).toEqual([]);
  await opened.close();
});

test('an answer that cannot be written down fails the creation, and what was made goes', async () => {
  await using cloud = await startProjectCloud();
  const { disk, opened, run } = await runOnFullDisk(cloud, 'f-made');
  await using _ = run;
  cloud.answer('POST', '/servers', ({ body }, response) => {
    disk.full = true;
    cloud.keep('servers', { id: 's1', ...JSON.parse(body).server });
    return sayJson(response, 202, { server: { id: 's1' } });
  });
  await expect(makeServer(run.holdings, 'a', server, true)).rejects.toThrow('ENOSPC');
  expect(await run.scope.close()).toEqual([]);
  expect([...cloud.kept('servers').keys()]).toEqual([]);
  await opened.close();
});
