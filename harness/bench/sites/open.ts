import { machineId } from '../../runs/lock.ts';
import { EXPIRY_SECONDS, type Plan } from '../plan.ts';
import { containerSite } from './container.ts';
import type { Site, SiteWork } from './site.ts';

/** Opens the place where this run's machines come from and checks that the plan fits it; makes nothing yet. */
export async function openSite(plan: Plan, _scope: SiteWork['scope'], _work: Omit<SiteWork, 'scope'>): Promise<Site> {
  const expiresAtSeconds = Math.floor(plan.startedAt.getTime() / 1000) + EXPIRY_SECONDS;
  switch (plan.options.target.kind) {
    case 'container':
      return containerSite({ plan, machineId: await machineId(), expiresAtSeconds });
    case 'openstack':
    case 'ssh':
      throw new Error('not yet');
  }
}
