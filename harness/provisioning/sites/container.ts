import { newCalm } from '../../core/calm.ts';
import { containerTarget } from '../../targets/container.ts';
import { acquireGeneratorContainer } from '../../targets/generator-container.ts';
import { enginePlace } from '../engine-place.ts';
import type { OpeningWork } from '../run.ts';
import type { Site } from './site.ts';

/**
 * The default: one disposable container per platform on this machine.
 *
 * @param memoryBytes limit of each machine; undefined means none
 */
export async function containerSite(memoryBytes: number | undefined, { runId, leases }: OpeningWork): Promise<Site> {
  const engine = await enginePlace(runId);
  // One for all: they take the processors from each other, and so does whatever is done to any of them.
  const calm = newCalm();
  return {
    ...engine,
    unsupported: [{ level: 'L4', reason: 'a container does not boot; use --target openstack' }],
    async acquire(_platform, role, { images }, { scope, signal }) {
      const target = containerTarget({
        image: images.machine,
        runId,
        labels: await engine.labels(signal),
        memoryBytes,
      });
      const host = await target.acquire(scope, role, signal);
      await leases.keep(host.leases, calm, scope);
      const { virtualisation } = await host.facts();
      const nothing = { flavor: null, image: null, hypervisor: null, mtu: null };
      return { host, calm, hasPlatform: false, record: { virtualisation, golden: false, ...nothing } };
    },
    async acquireGenerator(number, { images }, { scope, signal }) {
      const options = { image: images.machine, runId, labels: await engine.labels(signal) };
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
    // What was made inside of them goes with them.
    isMachine: (what) => what.startsWith('container '),
  };
}
