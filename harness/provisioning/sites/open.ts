import type { Plan } from '../../planning/plan.ts';
import type { OpeningWork, RunPlan } from '../run.ts';
import { containerSite } from './container.ts';
import { openstackSite } from './openstack.ts';
import type { Site } from './site.ts';
import { sshSite } from './ssh.ts';

/** The run of a plan, on machines of its target. */
export function runOf(plan: Plan): RunPlan<Site> {
  const { durationMs, warmUpMs } = plan.load.together;
  const { runId, options } = plan;
  return {
    runId,
    keep: options.keep,
    longestMs: durationMs + warmUpMs,
    open: (work) => openSite(plan, work),
  };
}

/** Opens the place where this run's machines come from and checks that the plan fits it; makes nothing yet. */
export async function openSite(plan: Plan, work: OpeningWork): Promise<Site> {
  const { target } = plan.options;
  switch (target.kind) {
    case 'container':
      return await containerSite(target.memoryBytes, work);
    case 'openstack':
      return await openstackSite(plan, target, work);
    case 'ssh':
      return await sshSite(plan, target, work);
  }
}
