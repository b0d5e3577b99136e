import { newCalm } from '../../core/calm.ts';
import type { Flavor } from '../../openstack/compute.ts';
import type { GeneratorRecord, MachineRecord } from '../../runs/schema.ts';
import type { OpenstackParts } from './openstack-parts.ts';
import type { GeneratorGoods, GeneratorMachine, SiteWork } from './site.ts';

/** A server of the base image that gets k6 and nothing else; marked, dated and removed as those under test. */
export async function acquireGeneratorServer(
  { target, plan, leases }: OpenstackParts,
  number: number,
  { hypervisors }: GeneratorGoods,
  { scope, signal, progress }: SiteWork,
): Promise<GeneratorMachine> {
  const role = `generator-${number}`;
  progress(`${role}: booting a server of ${plan.generatorFlavor.name}`);
  const { host, server, flavor } = await target.acquireMachine(scope, role, signal, { flavor: plan.generatorFlavor });
  const calm = newCalm();
  await leases.keep(host.leases, calm, scope);
  const { virtualisation, cores } = await host.facts();
  const hypervisor = server.hostId || null;
  const sharesHardware = sharesHypervisor(hypervisor, hypervisors);
  const record = { virtualisation, cores, flavor: flavorWords(flavor), hypervisor, sharesHardware };
  return { host, calm, folder: '/opt/givre/load', record };
}

/** Nova's `hostId` is equal for two servers of a project if and only if they are on one hypervisor. */
export function sharesHypervisor(
  own: MachineRecord['hypervisor'],
  others: readonly MachineRecord['hypervisor'][],
): GeneratorRecord['sharesHardware'] {
  if (own !== null && others.includes(own)) return true;
  return own === null || others.includes(null) ? null : false;
}

export function flavorWords({ name, vcpus, ramMb, diskGb }: Flavor): string {
  return `${name}: ${vcpus} vCPU, ${ramMb} MB, ${diskGb} GB`;
}
