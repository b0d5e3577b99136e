import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { optionsOf } from '../../bench/bench.fixture.ts';
import { Scope } from '../../core/scope.ts';
import { furnish, type ProjectCloud, startProjectCloud } from '../../openstack/project-cloud.fixture.ts';
import type { BenchOptions, OpenstackOptions } from '../../planning/options.ts';
import { makePlan, type Plan } from '../../planning/plan.ts';
import { newLeases } from '../leases.ts';
import { openSite } from './open.ts';
import type { Site } from './site.ts';

/** A site that was opened for a plan, and what it has said. */
interface OpenedSite {
  readonly scope: Scope;
  readonly site: Site;
  readonly said: string[];
}

/** A cloud in this process and a state folder of its own, as the environment names them. */
export interface SiteTest extends AsyncDisposable {
  readonly cloud: ProjectCloud;
  /** Checks the words of a run on that cloud. */
  planOn(target?: Partial<OpenstackOptions>, options?: Partial<BenchOptions>): Promise<Plan>;
  open(plan: Plan): Promise<OpenedSite>;
}

const { signal } = new AbortController();

export async function startSiteTest(): Promise<SiteTest> {
  const cloud = await startProjectCloud();
  furnish(cloud);
  const folder = await mkdtemp(join(tmpdir(), 'givre-site-'));
  vi.stubEnv('XDG_STATE_HOME', folder);
  vi.stubEnv('OS_CLIENT_CONFIG_FILE', join(cloud.folder, 'clouds.yaml'));
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '127.0.0.1');
  return {
    cloud,
    planOn(target, options) {
      const openstack = { kind: 'openstack', ...usual, ...target } as const;
      return makePlan(optionsOf({ out: join(folder, 'runs'), target: openstack, ...options }), {
        signal,
        now: new Date(),
      });
    },
    async open(plan) {
      const scope = new Scope();
      const said: string[] = [];
      const progress = (line: string): void => void said.push(line);
      const output = { result: () => {}, note: progress, status: () => {} };
      const leases = newLeases({ longestMs: 0, progress });
      const work = { runId: plan.runId, scope, output, signal, progress, leases };
      return { scope, said, site: await openSite(plan, work) };
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await cloud[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

const usual: OpenstackOptions = {
  cloud: 'local',
  region: undefined,
  flavor: 'small',
  image: 'debian-12',
  network: 'private',
  floatingNetwork: undefined,
  availabilityZone: undefined,
  configDrive: false,
  bootVolumeGb: undefined,
  serverGroup: false,
  sshUser: 'debian',
  sshJump: undefined,
  allowFrom: ['192.0.2.0/24'],
  golden: true,
  httpsProxy: undefined,
};
