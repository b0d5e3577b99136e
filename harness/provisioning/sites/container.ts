import { newCalm } from '../../core/calm.ts';
import type { Plan } from '../../planning/plan.ts';
import { reapCommandFor } from '../../planning/reap-command.ts';
import { containerTarget } from '../../targets/container.ts';
import { acquireGeneratorContainer } from '../../targets/generator-container.ts';
import { leftoverLabels } from '../../targets/leftovers.ts';
import { type Leases, LIFE_SECONDS } from '../leases.ts';
import type { Site } from './site.ts';

interface ContainerSiteOptions {
  readonly plan: Plan;
  readonly memoryBytes: number | undefined;
  readonly machineId: string;
  readonly leases: Leases;
}

/** The default: one disposable container per platform on this machine. */
export function containerSite({ plan, memoryBytes, machineId, leases }: ContainerSiteOptions): Site {
  const { runId } = plan;
  const labels = (signal: AbortSignal) => leftoverLabels({ runId, machine: machineId, seconds: LIFE_SECONDS }, signal);
  // One for all: they take the processors from each other, and so does whatever is done to any of them.
  const calm = newCalm();
  return {
    unsupported: [{ level: 'L4', reason: 'a container does not boot; use --target openstack' }],
    async acquire(_platform, role, { images }, { scope, signal }) {
      const target = containerTarget({ image: images.machine, runId, labels: await labels(signal), memoryBytes });
      const host = await target.acquire(scope, role, signal);
      await leases.keep(host.leases, calm, scope);
      const { virtualisation } = await host.facts();
      const nothing = { flavor: null, image: null, hypervisor: null, mtu: null };
      return { host, calm, hasPlatform: false, record: { virtualisation, golden: false, ...nothing } };
    },
    async acquireGenerator(number, { images }, { scope, signal }) {
      const options = { image: images.machine, runId, labels: await labels(signal) };
      const host = await acquireGeneratorContainer(options, scope, `generator-${number}`, signal);
      await leases.keep(host.leases, calm, scope);
      const { virtualisation, cores } = await host.facts();
      // Every container runs on this machine's processors.
      return {
        host,
        calm,
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
