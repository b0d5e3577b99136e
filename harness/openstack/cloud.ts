import type { ComputeApi } from './compute.ts';
import type { ImageApi } from './image.ts';
import type { NetworkApi } from './network.ts';
import type { VolumeApi } from './volume.ts';

/**
 * One project in one region of one cloud, signed in. Everything that givre asks of OpenStack goes through here; it
 * grows only when a target or the reaper needs a call.
 */
export interface Cloud {
  /** As the user calls it: the entry of clouds.yaml, or `envvars`. */
  readonly name: string;
  readonly region: string;
  readonly projectId: string;
  readonly userId: string;
  /** ISO 8601; null where the credential does not expire before its token can be renewed. */
  readonly credentialExpiresAt: string | null;
  /** Host name or address of the compute endpoint, to find out from which of our addresses it is reached. */
  readonly apiHost: string;
  /** For the user, before anything else: TLS verification is off, an option was ignored, … */
  readonly warnings: readonly string[];
  readonly compute: ComputeApi;
  readonly network: NetworkApi;
  readonly image: ImageApi;
  /** Undefined where the catalog has no block storage. */
  readonly volume: VolumeApi | undefined;
  /** Requests sent since the cloud was opened, retries included. */
  requestCount(): number;
  /**
   * The cloud's clock now, in milliseconds since 1970, to about a second: by it go all expiries, whoever looks. Null
   * where neither answers carry a `Date` nor Keystone has just issued a token.
   */
  nowMs(): number | null;
  /** Closes its connections. */
  close(): Promise<void>;
}
