import { containerTarget } from '../../targets/container.ts';
import { labelNames } from '../../targets/leftovers.ts';
import type { Plan } from '../plan.ts';
import type { Site } from './site.ts';

interface ContainerSiteOptions {
  readonly plan: Plan;
  readonly machineId: string;
  readonly expiresAtSeconds: number;
}

/** The default: one disposable container per platform on this machine. */
export function containerSite({ plan, machineId, expiresAtSeconds }: ContainerSiteOptions): Site {
  const labels = {
    [labelNames.run]: plan.runId,
    [labelNames.machine]: machineId,
    [labelNames.expires]: String(expiresAtSeconds),
  };
  return {
    unsupported: [{ level: 'L4', reason: 'a container does not boot; use --target openstack' }],
    async acquire(_platform, role, { images }, { scope, signal }) {
      const target = containerTarget({ image: images.machine, runId: plan.runId, labels });
      const host = await target.acquire(scope, role, signal);
      const { virtualisation } = await host.facts();
      const nothing = { flavor: null, image: null, hypervisor: null, mtu: null };
      return { host, hasPlatform: false, record: { virtualisation, golden: false, ...nothing } };
    },
    isMachine: (what) => what.startsWith('container '),
    // Each removal verifies that its container is gone.
    audit: async () => [],
    reapCommand: `npm run reap -- --yes --run ${plan.runId}`,
    close: async () => {},
  };
}
