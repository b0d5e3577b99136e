/** The calls to Nova that givre makes. Each names the lowest microversion that has what it needs. */

export interface Server {
  readonly id: string;
  readonly name: string;
  /** `BUILD`, `ACTIVE`, `ERROR`, `DELETED`, `SOFT_DELETED`, … */
  readonly status: string;
  readonly taskState: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly launchedAt: string | null;
  /** Hash of project and hypervisor: equal for two servers of a project on one hypervisor. Empty before scheduling. */
  readonly hostId: string;
  readonly addresses: readonly { readonly network: string; readonly address: string; readonly floating: boolean }[];
  /** Nova's own words when something went wrong; null otherwise. */
  readonly fault: { readonly code: number; readonly message: string } | null;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

export interface NewServer {
  readonly name: string;
  /** Absent when it boots from a volume. */
  readonly imageId?: string | undefined;
  readonly flavorId: string;
  readonly portIds: readonly string[];
  /** Plain text, encoded here; at most 65,535 bytes once in base64. */
  readonly userData: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly configDrive?: boolean | undefined;
  readonly availabilityZone?: string | undefined;
  readonly bootVolumeId?: string | undefined;
  readonly serverGroupId?: string | undefined;
}

/** −1 is unlimited. */
export interface ComputeLimits {
  readonly instances: { readonly max: number; readonly used: number };
  readonly cores: { readonly max: number; readonly used: number };
  readonly ramMb: { readonly max: number; readonly used: number };
  readonly serverGroups: { readonly max: number; readonly used: number };
}

export interface ServerGroup {
  readonly id: string;
  readonly name: string;
}

export interface ComputeApi {
  /** Lowest and highest microversion of the endpoint: `2.1`, `2.93`. */
  versions(): Promise<{ readonly min: string; readonly max: string }>;
  /** Never retried by itself: a lost answer may still have made a server. */
  createServer(server: NewServer): Promise<{ readonly id: string }>;
  /** Undefined when there is no such server. */
  getServer(id: string): Promise<Server | undefined>;
  /** All servers of the project (`/servers/detail`), all pages; `name` matches exactly. */
  listServers(filter?: { readonly name?: string; readonly tag?: string }): Promise<readonly Server[]>;
  setServerMetadata(id: string, metadata: Readonly<Record<string, string>>): Promise<void>;
  /** No error when it is gone already. */
  deleteServer(id: string): Promise<void>;
  consoleLog(id: string, lines: number): Promise<string>;
  /** Asks for a snapshot into Glance; the image's id. Properties become the image's. */
  createServerImage(id: string, name: string, properties: Readonly<Record<string, string>>): Promise<string>;
  stopServer(id: string): Promise<void>;
  /** Message of the last failed action of a server, which `status` does not always show. */
  lastActionError(id: string): Promise<string | undefined>;
  listFlavors(): Promise<readonly Flavor[]>;
  listAvailabilityZones(): Promise<readonly string[]>;
  limits(): Promise<ComputeLimits>;
  createServerGroup(name: string, policy: 'soft-anti-affinity' | 'anti-affinity'): Promise<ServerGroup>;
  listServerGroups(): Promise<readonly ServerGroup[]>;
  deleteServerGroup(id: string): Promise<void>;
}
