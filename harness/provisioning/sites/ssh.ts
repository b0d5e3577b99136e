import { newCalm } from '../../core/calm.ts';
import { machineRoutes } from '../../planning/machine-routes.ts';
import type { SshOptions } from '../../planning/options.ts';
import type { Plan } from '../../planning/plan.ts';
import { reapCommandFor } from '../../planning/reap-command.ts';
import type { SshAddress } from '../../ssh/connection.ts';
import { resolveAddress } from '../../ssh/resolve.ts';
import { guardNetwork } from '../../targets/bundle.ts';
import { acquireGeneratorOverSsh } from '../../targets/generator-ssh.ts';
import { readFacts } from '../../targets/machine-facts.ts';
import { sshTarget } from '../../targets/ssh.ts';
import { AS_FOUND } from '../platforms.ts';
import type { OpeningWork } from '../run.ts';
import { deviceMtu } from './mtu.ts';
import { GATEWAY_PORT, type Site } from './site.ts';

/** An existing machine; learns nothing of it yet but which key it must show. */
export async function sshSite(plan: Plan, options: SshOptions, { leases, progress }: OpeningWork): Promise<Site> {
  const onWarning = (line: string): void => progress(`warning: ${line}`);
  const { machine, generators } = await machineRoutes(options, onWarning);
  const isMachine = (what: string): boolean => what.startsWith('machine ');
  return {
    unsupported: [{ level: 'L4', reason: 'an existing machine is not booted; use --target openstack' }],
    async acquire(platform, role, { images }, { scope, signal, progress: say }) {
      if (images.bundle === undefined) throw new Error('a machine was planned without the bundle');
      const target = sshTarget({
        ...machine,
        bundle: images.bundle,
        use: platform.record.version === AS_FOUND ? 'as found' : 'install',
        runId: plan.runId,
        lifeSeconds: leases.insideSeconds,
        progress: say,
      });
      const host = await target.acquire(scope, role, signal);
      const calm = newCalm();
      await leases.keep(host.leases, calm, scope);
      const { virtualisation } = await host.facts();
      const nothing = { flavor: null, image: null, hypervisor: null, golden: false };
      return { host, calm, hasPlatform: false, record: { ...nothing, virtualisation, mtu: await deviceMtu(host) } };
    },
    async acquireGenerator(number, _goods, { scope, signal }) {
      const route = generators[number - 1];
      if (route === undefined) throw new Error(`there is no generator ${number}`);
      const { host, folder } = await acquireGeneratorOverSsh(route, scope, signal);
      const { virtualisation, cores } = await readFacts(host);
      // Whose hypervisor it is on nobody tells.
      const record = { virtualisation, cores, flavor: null, hypervisor: null, sharesHardware: null };
      return { host, calm: newCalm(), folder, record };
    },
    async admit(platform, host, sources, signal) {
      // What is measured as it was found decides by itself whom it serves.
      if (platform.record.version === AS_FOUND) return;
      const openings = sources.map((from) => ({ from: `${from}/32`, port: GATEWAY_PORT }));
      await guardNetwork(host, openings, signal);
    },
    isMachine,
    // Leaving the machine verifies by itself that nothing of ours is there any more.
    audit: async () => [],
    reapCommand: reapCommandFor({ kind: 'ssh', ...options }, { run: plan.runId }),
    close: async () => {},
  };
}

/** The way to machines that have no address of their own here. */
export async function resolveJump(
  text: string | undefined,
  onWarning: (line: string) => void,
): Promise<SshAddress | undefined> {
  return text === undefined ? undefined : await resolveAddress(text, { identityFile: undefined, onWarning });
}
