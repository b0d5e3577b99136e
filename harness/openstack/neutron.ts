import { z } from 'zod';
import type { FloatingIp, Network, NetworkApi, NetworkQuota, Port, SecurityGroup } from './network.ts';
import { listAll } from './pages.ts';
import type { Service } from './service.ts';

const networkSchema = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    mtu: z.number().nullish(),
    'router:external': z.boolean().default(false),
    shared: z.boolean().default(false),
  })
  .transform(
    (it): Network => ({
      id: it.id,
      name: it.name,
      mtu: it.mtu ?? null,
      external: it['router:external'],
      shared: it.shared,
    }),
  );

const securityGroupSchema = z
  .looseObject({ id: z.string(), name: z.string(), description: z.string().nullish() })
  .transform(({ id, name, description }): SecurityGroup => ({ id, name, description: description ?? '' }));

const portSchema = z
  .looseObject({
    id: z.string(),
    name: z.string().nullish(),
    description: z.string().nullish(),
    network_id: z.string(),
    status: z.string(),
    device_id: z.string().nullish(),
    fixed_ips: z.array(z.looseObject({ ip_address: z.string() })).default([]),
  })
  .transform(
    (it): Port => ({
      id: it.id,
      name: it.name ?? '',
      description: it.description ?? '',
      networkId: it.network_id,
      status: it.status,
      deviceId: it.device_id ?? '',
      addresses: it.fixed_ips.map(({ ip_address }) => ip_address),
    }),
  );

const floatingIpSchema = z
  .looseObject({
    id: z.string(),
    floating_ip_address: z.string(),
    description: z.string().nullish(),
    port_id: z.string().nullish(),
  })
  .transform(
    (it): FloatingIp => ({
      id: it.id,
      address: it.floating_ip_address,
      description: it.description ?? '',
      portId: it.port_id ?? null,
    }),
  );

/** Reserved is what other requests are about to use. */
const quotaSchema = z
  .looseObject({ limit: z.number(), used: z.number(), reserved: z.number().default(0) })
  .transform(({ limit, used, reserved }) => ({ max: limit, used: used + reserved }));

const quotasSchema = z
  .looseObject({
    quota: z.looseObject({
      port: quotaSchema,
      security_group: quotaSchema,
      security_group_rule: quotaSchema,
      floatingip: quotaSchema.default({ max: 0, used: 0 }),
    }),
  })
  .transform(
    ({ quota }): NetworkQuota => ({
      ports: quota.port,
      securityGroups: quota.security_group,
      securityGroupRules: quota.security_group_rule,
      floatingIps: quota.floatingip,
    }),
  );

/**
 * @param projectId Lists are limited to it: an administrator would see everybody's resources otherwise.
 */
export function neutronApi(service: Service, projectId: string): NetworkApi {
  return {
    listNetworks: () => listAll(service, networkSchema, { path: '/networks', key: 'networks' }),
    ...securityGroups(service, projectId),
    ...ports(service, projectId),
    ...floatingIps(service, projectId),
    quota: () => service.read(quotasSchema, { method: 'GET', path: `/quotas/${projectId}/details` }),
  };
}

function idPath(path: string, id: string): string {
  return `${path}/${encodeURIComponent(id)}`;
}

type SecurityGroups = Pick<
  NetworkApi,
  'createSecurityGroup' | 'createRule' | 'listSecurityGroups' | 'deleteSecurityGroup'
>;

function securityGroups(service: Service, projectId: string): SecurityGroups {
  return {
    async createSecurityGroup({ name, description }) {
      const schema = z.looseObject({ security_group: securityGroupSchema });
      const json = { security_group: { name, description } };
      return (await service.read(schema, { method: 'POST', path: '/security-groups', json })).security_group;
    },
    async createRule({ securityGroupId, port, cidr, description }) {
      const rule = {
        security_group_id: securityGroupId,
        direction: 'ingress',
        ethertype: cidr.includes(':') ? 'IPv6' : 'IPv4',
        protocol: 'tcp',
        port_range_min: port,
        port_range_max: port,
        remote_ip_prefix: cidr,
        description,
      };
      await service.send({ method: 'POST', path: '/security-group-rules', json: { security_group_rule: rule } });
    },
    listSecurityGroups({ name } = {}) {
      const query = { project_id: projectId, name };
      return listAll(service, securityGroupSchema, { path: '/security-groups', key: 'security_groups', query });
    },
    deleteSecurityGroup: (id) => service.remove(idPath('/security-groups', id)),
  };
}

type Ports = Pick<NetworkApi, 'createPort' | 'listPorts' | 'setPortDescription' | 'deletePort'>;

function ports(service: Service, projectId: string): Ports {
  return {
    async createPort({ name, description, networkId, securityGroupIds }) {
      const port = { name, description, network_id: networkId, security_groups: securityGroupIds };
      const schema = z.looseObject({ port: portSchema });
      return (await service.read(schema, { method: 'POST', path: '/ports', json: { port } })).port;
    },
    listPorts({ name, deviceId } = {}) {
      const query = { project_id: projectId, name, device_id: deviceId };
      return listAll(service, portSchema, { path: '/ports', key: 'ports', query });
    },
    setPortDescription: (id, description) =>
      service.send({ method: 'PUT', path: idPath('/ports', id), json: { port: { description } } }),
    deletePort: (id) => service.remove(idPath('/ports', id)),
  };
}

type FloatingIps = Pick<NetworkApi, 'createFloatingIp' | 'listFloatingIps' | 'deleteFloatingIp'>;

function floatingIps(service: Service, projectId: string): FloatingIps {
  return {
    async createFloatingIp({ networkId, portId, description }) {
      const schema = z.looseObject({ floatingip: floatingIpSchema });
      const json = { floatingip: { floating_network_id: networkId, port_id: portId, description } };
      return (await service.read(schema, { method: 'POST', path: '/floatingips', json })).floatingip;
    },
    listFloatingIps() {
      const query = { project_id: projectId };
      return listAll(service, floatingIpSchema, { path: '/floatingips', key: 'floatingips', query });
    },
    deleteFloatingIp: (id) => service.remove(idPath('/floatingips', id)),
  };
}
