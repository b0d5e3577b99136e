import { stringify } from 'yaml';
import { gatewayEnvironment, NATS_READY, natsArguments, queueWorkerEnvironment } from './core.ts';

/** Core services in containers, as `faasd up` and the control's `givre-core` read them: <https://compose-spec.io>, in part. */

/** References as the machine's containerd resolves them: `127.0.0.1:5000/givre/gateway@sha256:…`. */
export interface CoreImages {
  readonly gateway: string;
  readonly queueWorker: string;
  readonly natsStreaming: string;
  readonly prometheus: string;
}

/** Folders of a service are given to its `user`; the images name the same one. */
export const NOBODY = '65534';

// Service names are host names in their network; the machine itself has one, too, that its platform chooses.
const addressesWith = (providerHost: string) => ({
  nats: 'nats',
  prometheus: 'prometheus',
  gateway: 'gateway',
  providerUrl: `http://${providerHost}:8081/`,
  secrets: '/run/secrets',
});

// Single files are mounted; the folder they come from is the platform's own.
const credentials = [
  bind('./secrets/basic-auth-user', '/run/secrets/basic-auth-user', true),
  bind('./secrets/basic-auth-password', '/run/secrets/basic-auth-password', true),
];

/**
 * The four core services in YAML, of which JSON is a part; what an image starts by itself is left to the image, except
 * where its platform's folders matter.
 */
export function composeFile(images: CoreImages, providerHost: string, format: 'yaml' | 'json' = 'yaml'): string {
  const file = { version: '3.7', services: servicesOf(images, addressesWith(providerHost)) };
  return format === 'yaml' ? stringify(file) : JSON.stringify(file, null, 2);
}

function servicesOf(images: CoreImages, addresses: ReturnType<typeof addressesWith>) {
  return {
    nats: {
      image: images.natsStreaming,
      user: NOBODY,
      command: ['/nats-streaming-server', ...natsArguments('/nats', '0.0.0.0')],
      volumes: [bind('./nats', '/nats')],
      // An extension, which faasd does not know: it starts the next service at once.
      'x-ready-log': NATS_READY,
    },
    prometheus: {
      image: images.prometheus,
      user: NOBODY,
      volumes: [bind('./prometheus.yml', '/etc/prometheus/prometheus.yml', true), bind('./prometheus', '/prometheus')],
      ports: ['127.0.0.1:9090:9090'],
    },
    gateway: {
      image: images.gateway,
      environment: lines(gatewayEnvironment(addresses)),
      volumes: credentials,
      depends_on: ['nats', 'prometheus'],
      ports: ['8080:8080'],
    },
    'queue-worker': {
      image: images.queueWorker,
      environment: lines(queueWorkerEnvironment(addresses)),
      volumes: credentials,
      // The gateway too: a worker that started before it keeps a hosts file without it for 5 s (Go's cache).
      depends_on: ['nats', 'gateway'],
    },
  };
}

function bind(source: string, target: string, readOnly = false): Record<string, unknown> {
  return { type: 'bind', source, target, ...(readOnly ? { read_only: true } : {}) };
}

function lines(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
