import type { Plan } from '../../planning/plan.ts';
import { lockRun, machineId } from '../../runs/lock.ts';
import { newLeases } from '../leases.ts';
import { containerSite } from './container.ts';
import { openstackSite } from './openstack.ts';
import type { Site, SiteWork } from './site.ts';
import { sshSite } from './ssh.ts';

/**
 * Opens the place where this run's machines come from and checks that the plan fits it; makes nothing yet.
 *
 * The run is locked first and until all else is undone: to whoever reaps, a journal without a lock is a dead run's.
 */
export async function openSite(plan: Plan, work: SiteWork): Promise<Site> {
  const { target } = plan.options;
  await work.scope.defer('run lock', await lockRun(plan.runId));
  const { durationMs, warmUpMs } = plan.load.together;
  const leases = newLeases({ longestMs: durationMs + warmUpMs, progress: work.progress });
  switch (target.kind) {
    case 'container':
      return containerSite({ plan, memoryBytes: target.memoryBytes, machineId: await machineId(), leases });
    case 'openstack':
      return await openstackSite(plan, target, leases, work);
    case 'ssh':
      return await sshSite(plan, target, leases, work);
  }
}
