import { lockRun, machineId } from '../../runs/lock.ts';
import { EXPIRY_SECONDS, type Plan } from '../plan.ts';
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
  switch (target.kind) {
    case 'container': {
      const expiresAtSeconds = Math.floor(plan.startedAt.getTime() / 1000) + EXPIRY_SECONDS;
      return containerSite({ plan, memoryBytes: target.memoryBytes, machineId: await machineId(), expiresAtSeconds });
    }
    case 'openstack':
      return await openstackSite(plan, target, work);
    case 'ssh':
      return await sshSite(plan, target, work);
  }
}
