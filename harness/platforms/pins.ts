/** How a part gets onto the machine under test. */
type Obtained =
  /** Compiled here from its Go module; `sum` is the checksum that the Go toolchain verifies (`h1:`, as in go.sum). */
  | { readonly by: 'go-module'; readonly module: string; readonly version: string; readonly sum: string }
  /**
   * A package of the distribution, whose archive signs it. `seen` is the package version this was last built with;
   * a security update may bring a newer one, so a run's manifest names what is really installed.
   */
  | { readonly by: 'debian'; readonly suite: 'trixie'; readonly package: string; readonly seen: string }
  /**
   * A file of an upstream release: one asset for each architecture (Node's names for them), each with its SHA-256
   * published beside it. `sha256` is undefined for an asset while no digest of ours is pinned.
   */
  | {
      readonly by: 'release';
      readonly downloads: string;
      readonly assets: Readonly<Record<string, { readonly name: string; readonly sha256?: string }>>;
    };

/** One part of the machine under test that is not ours. */
export interface Pin {
  readonly name: string;
  /** Upstream's version in upstream's spelling. */
  readonly version: string;
  /** Upstream's commit, all 40 digits; undefined where the distribution builds its own package from a tarball. */
  readonly commit?: string;
  /** SPDX identifier. */
  readonly licence: 'MIT' | 'Apache-2.0' | 'AGPL-3.0-only';
  /** Upstream's public address. */
  readonly source: string;
  readonly obtained: Obtained;
}

function debian(name: string, version: string, source: string, package_: string, seen: string): Pin {
  const obtained = { by: 'debian', suite: 'trixie', package: package_, seen } as const;
  return { name, version, licence: 'Apache-2.0', source, obtained };
}

/** Every foreign part of the machine under test and of what puts load on it, in one place; a run's manifest repeats it. */
export const pins = {
  /** The last release under the MIT licence; from 0.19.1 on an EULA applies. */
  faasd: {
    name: 'faasd',
    version: '0.19.0',
    commit: 'e4848cd829286c174bda45b40fc8c5ae5c571d08',
    licence: 'MIT',
    source: 'https://github.com/openfaas/faasd',
    obtained: {
      by: 'release',
      downloads: 'https://github.com/openfaas/faasd/releases/download/0.19.0',
      assets: { x64: { name: 'faasd' }, arm64: { name: 'faasd-arm64' } },
    },
  },
  /** Has no release of its own: 14 commits after 0.25.4, the newest under MIT that the Go module proxy serves. */
  gateway: {
    name: 'gateway',
    version: '0.25.4-14-ge44448c5',
    commit: 'e44448c5dca2f0e3c0f145a6fff565c2a9efd75d',
    licence: 'MIT',
    source: 'https://github.com/openfaas/faas',
    obtained: {
      by: 'go-module',
      module: 'github.com/openfaas/faas/gateway',
      version: 'v0.0.0-20230317100158-e44448c5dca2',
      sum: 'h1:mSQlNX+etC2pd+yxZrkOj91vO0Vma75XHjI8+mKdS+A=',
    },
  },
  /** The one that this gateway requires, so both speak the same messages. */
  queueWorker: {
    name: 'queue-worker',
    version: '0.13.3',
    commit: '3615ccb286cc3d527f7a3daa1cca7bf9cfe704e1',
    licence: 'MIT',
    source: 'https://github.com/openfaas/nats-queue-worker',
    obtained: {
      by: 'go-module',
      module: 'github.com/openfaas/nats-queue-worker',
      version: 'v0.0.0-20230117214128-3615ccb286cc',
      sum: 'h1:qMcVTwdbRAqZtQrYS9rvUxnbQY6nmqf7CIsjp7A+cOo=',
    },
  },
  /** Not Debian's nats-server, which speaks another protocol than this queue-worker. */
  natsStreaming: {
    name: 'nats-streaming-server',
    version: '0.25.6',
    licence: 'Apache-2.0',
    source: 'https://github.com/nats-io/nats-streaming-server',
    obtained: {
      by: 'go-module',
      module: 'github.com/nats-io/nats-streaming-server',
      version: 'v0.25.6',
      sum: 'h1:8OBRaIl64u+DFvZYpF50RRzwG/yLcJZL0R7VMc7tp4Y=',
    },
  },
  /** What the control is written on. */
  providerSdk: {
    name: 'faas-provider',
    version: '0.25.3',
    commit: '2d000d395797dc4fa8d3ea209f4d1ac98eabcc3e',
    licence: 'MIT',
    source: 'https://github.com/openfaas/faas-provider',
    obtained: {
      by: 'go-module',
      module: 'github.com/openfaas/faas-provider',
      version: 'v0.25.3',
      sum: 'h1:cy5GKP1R/xZkPjg+9We7yqpfz298GrKw4ZRYJVprt7Q=',
    },
  },
  prometheus: debian('prometheus', '2.53.3', 'https://github.com/prometheus/prometheus', 'prometheus', '2.53.3+ds1-2'),
  containerd: debian(
    'containerd',
    '1.7.24',
    'https://github.com/containerd/containerd',
    'containerd',
    '1.7.24~ds1-6+deb13u1',
  ),
  runc: debian('runc', '1.1.15', 'https://github.com/opencontainers/runc', 'runc', '1.1.15+ds1-2+b4'),
  cniPlugins: debian(
    'CNI plugins',
    '1.1.1',
    'https://github.com/containernetworking/plugins',
    'containernetworking-plugins',
    '1.1.1+ds1-3+b17',
  ),
  registry: debian(
    'docker-registry',
    '2.8.3',
    'https://github.com/distribution/distribution',
    'docker-registry',
    '2.8.3+ds1-2+b8',
  ),
  /** A process of its own, built for whoever has none, and part of nothing that we give away. */
  k6: {
    name: 'k6',
    version: '2.1.0',
    commit: '83a87a41e2c56eedbadbab4001dc11fe78d95942',
    licence: 'AGPL-3.0-only',
    source: 'https://github.com/grafana/k6',
    obtained: {
      by: 'go-module',
      module: 'go.k6.io/k6/v2',
      version: 'v2.1.0',
      sum: 'h1:tMdUG9z0aBIL1eWIWlvSXke4rh0yA2x2KsilF0FycJI=',
    },
  },
} as const satisfies Readonly<Record<string, Pin>>;
