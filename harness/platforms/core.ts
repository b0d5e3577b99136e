import { httpOk, logSays, type Start, startAndWait } from './starting.ts';

/** OpenFaaS' core services: gateway, queue-worker, NATS streaming, Prometheus. */

const PROGRAMS = '/opt/givre/bin';
const DATA = '/var/lib/givre';
const CLUSTER = 'faas-cluster';
/** NATS streaming opens its port before it can serve, so its log is asked. */
export const NATS_READY = 'Streaming Server is ready';
/** A function may take this long; the queue-worker's patience is above it. */
const FUNCTION_TIMEOUT = '60s';

/** Host names or addresses by which core services find each other. */
interface Addresses {
  readonly nats: string;
  readonly prometheus: string;
  readonly gateway: string;
  readonly providerUrl: string;
  /** Folder with `basic-auth-user` and `basic-auth-password`, as the service sees it. */
  readonly secrets: string;
}

/** The gateway's settings, the same on every platform, so that the gateway is no difference between them. */
export function gatewayEnvironment(addresses: Addresses): Record<string, string> {
  return {
    basic_auth: 'true',
    direct_functions: 'false',
    faas_nats_address: addresses.nats,
    faas_nats_port: '4222',
    faas_nats_cluster_name: CLUSTER,
    faas_prometheus_host: addresses.prometheus,
    faas_prometheus_port: '9090',
    function_namespace: 'openfaas-fn',
    functions_provider_url: addresses.providerUrl,
    read_timeout: FUNCTION_TIMEOUT,
    scale_from_zero: 'true',
    secret_mount_path: addresses.secrets,
    upstream_timeout: '65s',
    write_timeout: FUNCTION_TIMEOUT,
  };
}

export function queueWorkerEnvironment(addresses: Addresses): Record<string, string> {
  return {
    ack_wait: '5m5s',
    basic_auth: 'true',
    faas_gateway_address: addresses.gateway,
    faas_nats_address: addresses.nats,
    faas_nats_cluster_name: CLUSTER,
    faas_nats_port: '4222',
    gateway_invoke: 'true',
    max_inflight: '1',
    secret_mount_path: addresses.secrets,
    write_debug: 'false',
  };
}

/** Arguments of nats-streaming-server; on disk, as faasd has it. */
export function natsArguments(folder: string, address: string): readonly string[] {
  return ['--addr', address, '--port', '4222', '--store', 'file', '--dir', folder, '--cluster_id', CLUSTER];
}

/** Prometheus' configuration; the gateway asks it for invocation counts in every list call. */
export function prometheusConfig(gatewayMetrics: string): string {
  return `global:
  scrape_interval: 15s
  evaluation_interval: 15s
scrape_configs:
  - job_name: gateway
    static_configs:
      - targets: ['${gatewayMetrics}']
`;
}

/** Starts NATS streaming as a plain process. */
export async function startNats(start: Start): Promise<void> {
  const argv = [`${PROGRAMS}/nats-streaming-server`, ...natsArguments(`${DATA}/nats`, '127.0.0.1')];
  await startAndWait(start, { name: 'nats', argv }, logSays('nats', NATS_READY));
}

export async function startPrometheus(start: Start): Promise<void> {
  const config = '/etc/givre/prometheus.yml';
  await start.host.writeFile(config, prometheusConfig('127.0.0.1:8082'), 0o644);
  const argv = [
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${DATA}/prometheus`,
    '--web.listen-address=127.0.0.1:9090',
  ];
  await startAndWait(start, { name: 'prometheus', argv }, httpOk(9090, '/-/ready'));
}

/** Starts the gateway as a plain process; it ends at once when NATS streaming cannot be reached. */
export async function startGateway(start: Start, addresses: Addresses): Promise<void> {
  const env = gatewayEnvironment(addresses);
  const service = { name: 'gateway', argv: [`${PROGRAMS}/gateway`], env, after: ['nats'] };
  await startAndWait(start, service, httpOk(8080, '/healthz'));
}

export async function startQueueWorker(start: Start, addresses: Addresses): Promise<void> {
  const env = queueWorkerEnvironment(addresses);
  const service = { name: 'queue-worker', argv: [`${PROGRAMS}/queue-worker`], env, after: ['nats', 'gateway'] };
  await startAndWait(start, service, logSays('queue-worker', 'Listening on'));
}
