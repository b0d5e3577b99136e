/** The calls to Neutron that givre makes. What it creates carries its mark in `description`. */

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly mtu: number | null;
  readonly external: boolean;
  readonly shared: boolean;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/** TCP from a CIDR. */
export interface IngressRule {
  readonly securityGroupId: string;
  readonly port: number;
  readonly cidr: string;
  readonly description: string;
}

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly networkId: string;
  readonly status: string;
  readonly deviceId: string;
  readonly addresses: readonly string[];
}

export interface FloatingIp {
  readonly id: string;
  readonly address: string;
  readonly description: string;
  readonly portId: string | null;
}

/** −1 is unlimited. */
export interface NetworkQuota {
  readonly ports: { readonly max: number; readonly used: number };
  readonly securityGroups: { readonly max: number; readonly used: number };
  readonly securityGroupRules: { readonly max: number; readonly used: number };
  readonly floatingIps: { readonly max: number; readonly used: number };
}

export interface NetworkApi {
  listNetworks(): Promise<readonly Network[]>;
  createSecurityGroup(group: { readonly name: string; readonly description: string }): Promise<SecurityGroup>;
  createRule(rule: IngressRule): Promise<void>;
  listSecurityGroups(filter?: { readonly name?: string }): Promise<readonly SecurityGroup[]>;
  /** 409 while a port uses it is thrown; the caller knows whether waiting makes sense. */
  deleteSecurityGroup(id: string): Promise<void>;
  createPort(port: {
    readonly name: string;
    readonly description: string;
    readonly networkId: string;
    readonly securityGroupIds: readonly string[];
  }): Promise<Port>;
  listPorts(filter?: { readonly name?: string; readonly deviceId?: string }): Promise<readonly Port[]>;
  setPortDescription(id: string, description: string): Promise<void>;
  deletePort(id: string): Promise<void>;
  createFloatingIp(ip: {
    readonly networkId: string;
    readonly portId: string;
    readonly description: string;
  }): Promise<FloatingIp>;
  listFloatingIps(): Promise<readonly FloatingIp[]>;
  deleteFloatingIp(id: string): Promise<void>;
  quota(): Promise<NetworkQuota>;
}
