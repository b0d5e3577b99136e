import { containerTarget } from '../../targets/container.ts';
import { acquireGeneratorContainer } from '../../targets/generator-container.ts';
import { labelNames } from '../../targets/leftovers.ts';
import type { Plan } from '../plan.ts';
import { reapCommandFor } from '../reap-command.ts';
import type { Site } from './site.ts';

interface ContainerSiteOptions {
  readonly plan: Plan;
  readonly memoryBytes: number | undefined;
  readonly machineId: string;
  readonly expiresAtSeconds: number;
}

/** The default: one disposable container per platform on this machine. */
export function containerSite({ plan, memoryBytes, machineId, expiresAtSeconds }: ContainerSiteOptions): Site {
  const labels = {
    [labelNames.run]: plan.runId,
    [labelNames.machine]: machineId,
    [labelNames.expires]: String(expiresAtSeconds),
  };
  return {
    unsupported: [{ level: 'L4', reason: 'a container does not boot; use --target openstack' }],
    async acquire(_platform, role, { images }, { scope, signal }) {
      const target = containerTarget({ image: images.machine, runId: plan.runId, labels, memoryBytes });
      const host = await target.acquire(scope, role, signal);
      const { virtualisation } = await host.facts();
      const nothing = { flavor: null, image: null, hypervisor: null, mtu: null };
      return { host, hasPlatform: false, record: { virtualisation, golden: false, ...nothing } };
    },
    async acquireGenerator(number, { images }, { scope, signal }) {
      const options = { image: images.machine, runId: plan.runId, labels };
      const host = await acquireGeneratorContainer(options, scope, `generator-${number}`, signal);
      const { virtualisation, cores } = await host.facts();
      // Every container runs on this machine's processors.
      return {
        host,
        folder: '/opt/givre/load',
        record: { virtualisation, cores, flavor: null, hypervisor: null, sharesHardware: true },
      };
    },
    isMachine: (what) => what.startsWith('container '),
    // Each removal verifies that its container is gone.
    audit: async () => [],
    reapCommand: reapCommandFor({ kind: 'container' }, { run: plan.runId }),
    close: async () => {},
  };
}
