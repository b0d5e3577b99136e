import { stringify } from 'yaml';
import { gatewayEnvironment, natsArguments, queueWorkerEnvironment } from '../core.ts';

/** The compose file that `faasd up` reads: <https://compose-spec.io>, of which it knows a part. */

/** References as the machine's containerd resolves them: `127.0.0.1:5000/givre/gateway@sha256:…`. */
export interface CoreImages {
  readonly gateway: string;
  readonly queueWorker: string;
  readonly natsStreaming: string;
  readonly prometheus: string;
}

/** faasd gives a service's folders to its `user`; the images name the same one. */
export const NOBODY = '65534';

// Service names are host names in faasd's network; "faasd-provider" is its name for the machine itself.
const addresses = {
  nats: 'nats',
  prometheus: 'prometheus',
  gateway: 'gateway',
  providerUrl: 'http://faasd-provider:8081/',
  secrets: '/run/secrets',
};

// faasd mounts single files; the folder they come from is /var/lib/faasd.
const credentials = [
  bind('./secrets/basic-auth-user', '/run/secrets/basic-auth-user', true),
  bind('./secrets/basic-auth-password', '/run/secrets/basic-auth-password', true),
];

/** The four core services; what an image starts by itself is left to the image, except where faasd's folders matter. */
export function composeFile(images: CoreImages): string {
  return stringify({
    version: '3.7',
    services: {
      nats: {
        image: images.natsStreaming,
        user: NOBODY,
        command: ['/nats-streaming-server', ...natsArguments('/nats', '0.0.0.0')],
        volumes: [bind('./nats', '/nats')],
      },
      prometheus: {
        image: images.prometheus,
        user: NOBODY,
        volumes: [
          bind('./prometheus.yml', '/etc/prometheus/prometheus.yml', true),
          bind('./prometheus', '/prometheus'),
        ],
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
    },
  });
}

function bind(source: string, target: string, readOnly = false): Record<string, unknown> {
  return { type: 'bind', source, target, ...(readOnly ? { read_only: true } : {}) };
}

function lines(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}
