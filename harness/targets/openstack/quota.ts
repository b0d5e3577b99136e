import { usageError } from '../../core/errors.ts';
import type { Cloud } from '../../openstack/cloud.ts';

/** What a run will have at the same time. */
export interface Need {
  readonly instances: number;
  readonly cores: number;
  readonly ramMb: number;
  readonly ports: number;
  readonly floatingIps: number;
  readonly securityGroups: number;
  readonly securityGroupRules: number;
  readonly serverGroups: number;
  readonly volumes: number;
  readonly gigabytes: number;
}

/** One line of the answer; −1 is unlimited. */
interface QuotaLine {
  readonly what: string;
  readonly needed: number;
  readonly used: number;
  readonly max: number;
}

/** Every quota that the need touches. Services that cannot tell are left out: creating will tell. */
async function compareQuota(cloud: Cloud, need: Need): Promise<readonly QuotaLine[]> {
  const [compute, network, volume] = await Promise.all([
    cloud.compute.limits(),
    cloud.network.quota(),
    need.volumes > 0 ? cloud.volume?.limits() : undefined,
  ]);
  const lines: readonly (readonly [string, number, { readonly max: number; readonly used: number } | undefined])[] = [
    ['servers', need.instances, compute.instances],
    ['cores', need.cores, compute.cores],
    ['MB of memory', need.ramMb, compute.ramMb],
    ['server groups', need.serverGroups, compute.serverGroups],
    ['ports', need.ports, network.ports],
    ['floating IPs', need.floatingIps, network.floatingIps],
    ['security groups', need.securityGroups, network.securityGroups],
    ['security group rules', need.securityGroupRules, network.securityGroupRules],
    ['volumes', need.volumes, volume?.volumes],
    ['GB of volumes', need.gigabytes, volume?.gigabytes],
  ];
  return lines.flatMap(([what, needed, quota]) =>
    quota === undefined || needed === 0 ? [] : [{ what, needed, ...quota }],
  );
}

/** How much is missing; 0 or less when it fits. */
function missing({ needed, used, max }: QuotaLine): number {
  return max < 0 ? 0 : used + needed - max;
}

/** @throws GivreError `E_QUOTA`, exit code 2, which names everything that is missing. */
export async function requireQuota(cloud: Cloud, need: Need): Promise<void> {
  const short = (await compareQuota(cloud, need)).filter((line) => missing(line) > 0);
  if (short.length === 0) return;
  const list = short.map(
    (line) => `${missing(line)} ${line.what} (needs ${line.needed}, ${line.used} of ${line.max} are used)`,
  );
  throw usageError(
    'E_QUOTA',
    `the quota of the project lacks ${list.join(', ')}`,
    'fewer --machines or --generators, a smaller flavor, a larger quota, or remove what is left over: npm run reap -- --target openstack',
  );
}
