/** The calls to Glance that givre makes. */

export interface CloudImage {
  readonly id: string;
  readonly name: string;
  /** `queued`, `saving`, `active`, `killed`, `deleted`, … */
  readonly status: string;
  readonly visibility: string;
  /** Id of the project that owns it. */
  readonly owner: string;
  readonly minDiskGb: number;
  readonly sizeBytes: number | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** MD5 or the multihash, as the service gives it: tells a renewed image of the same name apart. */
  readonly checksum: string | null;
  /** Every other property that is a string. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface ImageApi {
  /** `owner` and `visibility` are asked of the service; `properties` too. */
  listImages(filter?: {
    readonly name?: string;
    readonly owner?: string;
    readonly visibility?: 'private' | 'public' | 'shared' | 'community' | 'all';
    readonly properties?: Readonly<Record<string, string>>;
  }): Promise<readonly CloudImage[]>;
  getImage(id: string): Promise<CloudImage | undefined>;
  setImageProperties(id: string, properties: Readonly<Record<string, string>>): Promise<void>;
  deleteImage(id: string): Promise<void>;
}
