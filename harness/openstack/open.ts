import { usageError } from '../core/errors.ts';
import { catalogRegion, type ServiceName, serviceRegion, serviceRoot } from './catalog.ts';
import { cinderApi } from './cinder.ts';
import type { Cloud } from './cloud.ts';
import { readCloudFiles } from './clouds-yaml.ts';
import { openDispatchers, type ProxyWords } from './dispatchers.ts';
import { glanceApi } from './glance.ts';
import { credentialExpiry } from './identity.ts';
import { neutronApi } from './neutron.ts';
import { novaApi } from './nova.ts';
import { defaultPatience, type Patience } from './retry.ts';
import { openService, type Service } from './service.ts';
import { openSession, type SessionParts } from './session.ts';
import { type CloudSettings, cloudSettings } from './settings.ts';
import { openTransport } from './transport.ts';

export interface OpenOptions {
  /** `--cloud`; otherwise `OS_CLOUD`, the other `OS_*` variables, or the only cloud in the file. */
  readonly cloud?: string | undefined;
  /** `--region`; otherwise `OS_REGION_NAME`, or what the cloud's entry says. */
  readonly region?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** `--https-proxy`, for every address of the cloud; otherwise `HTTPS_PROXY` and `HTTP_PROXY`. `NO_PROXY` counts always. */
  readonly httpsProxy?: string | undefined;
  readonly patience?: Partial<Patience>;
  /** Items a page; by default what each service likes best. */
  readonly pageSize?: number;
  /**
   * Ends the opening. What is asked of the cloud later ends by its own deadline: cleaning up begins when the run was
   * aborted.
   */
  readonly signal: AbortSignal;
}

/**
 * Finds the cloud's entry, signs in and looks up its services.
 *
 * @throws GivreError, exit code 2, for wrong words or files; CloudError for what the cloud answers.
 */
export async function openCloud(options: OpenOptions): Promise<Cloud> {
  const { env = process.env, cwd = process.cwd(), signal } = options;
  signal.throwIfAborted();
  const settings = cloudSettings(await readCloudFiles(env, cwd), { cloud: options.cloud, region: options.region, env });
  const transport = openTransport(await openDispatchers(settings.tls, proxyWords(env, options.httpsProxy)));
  const abort = (): void => void transport.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const patience = { ...defaultPatience, ...options.patience };
    return await signedIn({ settings, transport, patience, signal }, options.pageSize);
  } catch (error) {
    await transport.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function signedIn(parts: SessionParts, pageSize: number | undefined): Promise<Cloud> {
  const { settings, transport } = parts;
  const session = await openSession(parts);
  const { projectId, userId, catalog } = session.token();
  const region = catalogRegion(settings, catalog);
  const regional = { ...settings, region: settings.region ?? region };
  const service = (name: ServiceName): Service | undefined => {
    const root = serviceRoot(name, regional, catalog, projectId);
    return root === undefined ? undefined : openService(name, root, session, pageSize);
  };
  const compute = required('compute', service('compute'), regional);
  const volume = service('volume');
  return {
    name: settings.name,
    region,
    projectId,
    userId,
    credentialExpiresAt: await credentialExpiry(parts, session.token()),
    apiHost: new URL(compute.root).hostname.replace(/^\[(.*)\]$/, '$1'),
    warnings: settings.warnings,
    compute: novaApi(compute),
    network: neutronApi(required('network', service('network'), regional), projectId),
    image: glanceApi(required('image', service('image'), regional)),
    volume: volume === undefined ? undefined : cinderApi(volume),
    requestCount: transport.requestCount,
    nowMs: () => transport.nowMs() ?? session.nowMs(),
    close: transport.close,
  };
}

function required(name: ServiceName, found: Service | undefined, settings: CloudSettings): Service {
  if (found !== undefined) return found;
  const region = serviceRegion(name, settings);
  const where = region === undefined || region === '' ? '' : ` in region "${region}"`;
  throw usageError(
    'E_CLOUD_SERVICE',
    `the catalog of cloud "${settings.name}" has no ${settings.interface} ${name} endpoint${where}`,
    `set interface, ${name}_region_name or ${name}_endpoint_override in clouds.yaml`,
  );
}

/** Lower case first, as curl has it. */
function proxyWords(env: NodeJS.ProcessEnv, option: string | undefined): ProxyWords {
  return {
    httpProxy: option ?? env.http_proxy ?? env.HTTP_PROXY,
    httpsProxy: option ?? env.https_proxy ?? env.HTTPS_PROXY,
    noProxy: env.no_proxy ?? env.NO_PROXY,
  };
}
