import { GivreError, messageOf } from '../core/errors.ts';
import type { Cloud } from '../openstack/cloud.ts';
import { CloudError } from '../openstack/errors.ts';
import { expiryAfter } from '../openstack/expiry.ts';
import { resolveName } from '../openstack/names.ts';
import { openCloud } from '../openstack/open.ts';
import type { OpenstackOptions } from '../planning/options.ts';
import { allowedSources } from '../targets/openstack/allow-from.ts';
import { planMachines } from '../targets/openstack/plan.ts';
import type { Finding } from './doctor.ts';

/** What is to be looked at; without flavor, image and network only what does not depend on them. */
export interface DoctorWishes extends Partial<OpenstackOptions> {
  /** Servers that only send load. */
  readonly generators?: number | undefined;
}

/** Oldest microversion with everything that is used: 2.37 lets a server be made without networks of its own. */
const CREDENTIAL_MARGIN_MS = 6 * 3600_000;
/** Neutron and Nova refuse tokens of the future; certificates fail sooner. */
const SKEW_LIMIT_MS = 5_000;

/**
 * Everything that a run on a cloud needs, before any money is spent: reads only, but for a security group that is made
 * and removed at once, because nothing else tells whether one may be made.
 */
export async function diagnoseCloud(wishes: DoctorWishes, signal: AbortSignal): Promise<readonly Finding[]> {
  let cloud: Cloud;
  try {
    cloud = await openCloud({ cloud: wishes.cloud, region: wishes.region, httpsProxy: wishes.httpsProxy, signal });
  } catch (error) {
    return [failed('sign-in', error)];
  }
  try {
    const findings = [signedIn(cloud), ...cloud.warnings.map((detail) => note('warning', detail)), expiry(cloud)];
    for (const check of [permissions, microversion, blockStorage, skew, sources, names, quota, userData, egress]) {
      findings.push(...(await check(cloud, wishes)));
    }
    return findings;
  } finally {
    await cloud.close();
  }
}

type Check = (cloud: Cloud, wishes: DoctorWishes) => Promise<readonly Finding[]>;

function signedIn({ name, region, projectId }: Cloud): Finding {
  return ok('sign-in', `cloud ${name}, region ${region || '(none)'}, project ${projectId}; catalog read`);
}

function expiry({ credentialExpiresAt, nowMs }: Cloud): Finding {
  if (credentialExpiresAt === null) return ok('credential', 'does not expire');
  const leftMs = Date.parse(credentialExpiresAt) - (nowMs() ?? Date.now());
  const detail = `expires at ${credentialExpiresAt}`;
  if (leftMs > CREDENTIAL_MARGIN_MS) return ok('credential', detail);
  return note('credential', detail, 'a run that lasts longer could not clean up after itself: get a new one first');
}

/** A list call tells that a service may be used; what may be made there is told by making it, where that costs nothing. */
const permissions: Check = async (cloud, { floatingNetwork, serverGroup = false }) => {
  const harmless: readonly (readonly [what: string, call: () => Promise<unknown>, wanted: boolean])[] = [
    ['list servers', () => cloud.compute.listServers(), true],
    ['list ports', () => cloud.network.listPorts(), true],
    ['list floating IPs', () => cloud.network.listFloatingIps(), floatingNetwork !== undefined],
    ['list images', () => cloud.image.listImages({ owner: cloud.projectId }), true],
    ['list server groups', () => cloud.compute.listServerGroups(), serverGroup],
    ['make and remove a security group', () => securityGroupAndBack(cloud), true],
  ];
  return await Promise.all(
    harmless.map(async ([what, call, wanted]) => {
      try {
        await call();
        return ok(`may ${what}`, 'yes');
      } catch (error) {
        const isAbsent = error instanceof CloudError && error.status === 404;
        if (isAbsent && !wanted) return note(`may ${what}`, 'this cloud has no such thing, and none is wanted');
        return failed(`may ${what}`, error);
      }
    }),
  );
};

async function securityGroupAndBack(cloud: Cloud): Promise<void> {
  const { network } = cloud;
  // An expiry that has passed: if removing it fails, the reaper takes it.
  const description = `givre run=doctor role=permission machine=doctor expires=${expiryAfter(cloud, 0)}`;
  const { id } = await network.createSecurityGroup({ name: 'givre-doctor-permission', description });
  await network.deleteSecurityGroup(id);
}

const microversion: Check = async ({ compute }) => {
  const { min, max } = await compute.versions();
  return [ok('compute API', `microversions ${min} to ${max}`)];
};

const blockStorage: Check = async ({ volume }, { bootVolumeGb }) => {
  if (volume !== undefined && bootVolumeGb !== undefined) {
    return [
      ok('block storage', 'there; machines that boot from volumes are installed one by one, and L4 needs an image'),
    ];
  }
  if (volume !== undefined) return [ok('block storage', 'there')];
  if (bootVolumeGb === undefined) return [note('block storage', 'none: machines boot from the disk of their flavor')];
  return [missing('block storage', 'none, so there are no boot volumes', 'leave out --boot-volume')];
};

const skew: Check = async ({ nowMs }) => {
  const cloudMs = nowMs();
  const ms = cloudMs === null ? null : Date.now() - cloudMs;
  if (ms === null) return [note('clock', 'the cloud’s answers carry no date')];
  const detail = `${(Math.abs(ms) / 1000).toFixed(1)} s ${ms < 0 ? 'behind' : 'ahead of'} the cloud’s (± 1 s)`;
  if (Math.abs(ms) <= SKEW_LIMIT_MS) return [ok('clock', detail)];
  return [missing('clock', detail, 'set this machine’s clock (NTP): deadlines and expiries go by it')];
};

const sources: Check = async (cloud, { allowFrom = [], sshJump }) => {
  try {
    const cidrs = await allowedSources({ allowFrom, sshJump }, cloud.apiHost);
    return [ok('way in', `SSH will be open for ${cidrs.join(', ')} only`)];
  } catch (error) {
    return [failed('way in', error)];
  }
};

/** Each name by itself, so that one look tells all that are wrong. */
const names: Check = async (cloud, { flavor, generatorFlavor, image, network, floatingNetwork }) => {
  const networks = cloud.network.listNetworks();
  const flavors = cloud.compute.listFlavors();
  const lookUps = [
    ['flavor', flavor, flavors],
    ...(generatorFlavor === undefined ? [] : [['generator flavor', generatorFlavor, flavors] as const]),
    ['image', image, cloud.image.listImages()],
    ['network', network, networks],
    ['floating network', floatingNetwork, networks.then((all) => all.filter((it) => it.external))],
  ] as const;
  const findings = lookUps.map(async ([kind, wanted, candidates]): Promise<Finding> => {
    if (wanted === undefined) {
      await candidates;
      return note(kind, kind === 'floating network' ? 'none wanted' : `not named, so not looked at (--${kind})`);
    }
    try {
      const { name, id } = resolveName<{ readonly name: string; readonly id: string }>(kind, wanted, await candidates);
      return ok(kind, `${name} (${id})`);
    } catch (error) {
      return failed(kind, error);
    }
  });
  return await Promise.all(findings);
};

const quota: Check = async (cloud, wishes) => {
  const { flavor, image, network, generators = 0 } = wishes;
  if (flavor === undefined || image === undefined || network === undefined) {
    return [note('plan and quota', 'not looked at without --flavor, --image and --network')];
  }
  try {
    const machine = {
      flavor,
      generatorFlavor: wishes.generatorFlavor,
      image,
      network,
      floatingNetwork: wishes.floatingNetwork,
      availabilityZone: wishes.availabilityZone,
      configDrive: wishes.configDrive ?? false,
      bootVolumeGb: wishes.bootVolumeGb,
      serverGroup: wishes.serverGroup ?? false,
      sshUser: wishes.sshUser ?? 'debian',
      sshJump: wishes.sshJump,
      allowFrom: wishes.allowFrom ?? [],
    };
    // The machine that is measured, and one more for a machine image or a sample of L4.
    const plan = await planMachines(cloud, machine, 2, generators);
    const mtu = plan.network.mtu === null ? '' : `, MTU ${plan.network.mtu}`;
    const beside = generators === 0 ? '' : ` and ${generators} generators of ${plan.generatorFlavor.name}`;
    return [ok('plan and quota', `two machines of ${plan.flavor.name}${beside} fit${mtu}`)];
  } catch (error) {
    return [failed('plan and quota', error)];
  }
};

const userData: Check = async (_cloud, { configDrive }) => [
  configDrive === true
    ? ok('user-data', 'by config drive')
    : note('user-data', 'by the metadata service', 'if machines never let us in: --config-drive'),
];

const egress: Check = async () => [ok('egress of the machines', 'not needed: everything is uploaded')];

function ok(what: string, detail: string): Finding {
  return { what, status: 'ok', detail, hint: '' };
}

function note(what: string, detail: string, hint = ''): Finding {
  return { what, status: 'note', detail, hint };
}

function missing(what: string, detail: string, hint: string): Finding {
  return { what, status: 'missing', detail, hint };
}

function failed(what: string, error: unknown): Finding {
  return missing(what, messageOf(error), error instanceof GivreError ? (error.hint ?? '') : '');
}
