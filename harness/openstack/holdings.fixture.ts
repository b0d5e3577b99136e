import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scope } from '../core/scope.ts';
import type { Cloud } from './cloud.ts';
import { type Holdings, type HoldingsOptions, openHoldings } from './creation.ts';
import { type Journal, type JournalPoint, openJournal } from './journal.ts';
import { serverPoller } from './poller.ts';

/** Holdings of a run of their own, with a state folder of their own. */
export interface TestRun extends AsyncDisposable {
  readonly scope: Scope;
  readonly holdings: Holdings;
  readonly journal: Journal;
  readonly stateFolder: string;
  readonly notes: string[];
}

export async function openTestRun(
  cloud: Cloud,
  runId: string,
  { onPoint, ...options }: Partial<HoldingsOptions> & { readonly onPoint?: (point: JournalPoint) => void } = {},
): Promise<TestRun> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'givre-state-'));
  const place = { cloud: cloud.name, region: cloud.region, projectId: cloud.projectId };
  const journal = await openJournal({ stateFolder, runId, place, onPoint });
  const scope = new Scope();
  const notes: string[] = [];
  const holdings = await openHoldings(scope, `openstack resources of ${runId}`, {
    cloud,
    journal,
    poller: serverPoller(cloud.compute, { everyMs: 500, loneEveryMs: 200 }),
    machine: 'test-machine',
    expiresAtSeconds: () => Math.floor(Date.now() / 1000) + 3600,
    onNote: (line) => notes.push(line),
    looksAfterMs: [0, 500, 1_000],
    ...options,
  });
  return {
    scope,
    holdings,
    journal,
    stateFolder,
    notes,
    async [Symbol.asyncDispose]() {
      await scope.close();
      await journal.close();
      await rm(stateFolder, { recursive: true });
    },
  };
}
