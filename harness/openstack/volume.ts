/** The calls to Cinder that givre makes. Many clouds have none. */

export interface Volume {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** −1 is unlimited. */
export interface VolumeLimits {
  readonly volumes: { readonly max: number; readonly used: number };
  readonly gigabytes: { readonly max: number; readonly used: number };
}

export interface VolumeApi {
  createVolume(volume: {
    readonly name: string;
    readonly sizeGb: number;
    readonly imageId: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly availabilityZone?: string | undefined;
  }): Promise<Volume>;
  getVolume(id: string): Promise<Volume | undefined>;
  listVolumes(): Promise<readonly Volume[]>;
  deleteVolume(id: string): Promise<void>;
  limits(): Promise<VolumeLimits>;
}
