import { GenericContainer, Wait } from 'testcontainers';

/**
 * Named capabilities instead of `--privileged`: what containerd, runc and CNI need. MKNOD for device nodes of functions,
 * SYS_PTRACE for the agent (it looks into network namespaces through /proc), NET_RAW for its packet timestamps,
 * SYS_NICE for the load generator, which must not wait for a processor.
 */
const CAPABILITIES = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'NET_RAW', 'MKNOD', 'SYS_NICE'] as const;

interface MachineContainerOptions {
  readonly image: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** TCP ports of the machine to publish on 127.0.0.1. */
  readonly ports: readonly number[];
  /** Named volume that keeps the machine's registry content between runs. */
  readonly registryVolume: string;
  readonly memoryBytes?: number | undefined;
  /** Called with the container's id after it was created and before it is started. */
  readonly onCreated: (containerId: string) => Promise<void>;
}

/** A container that can run containerd: what testcontainers has no word for is set on the engine's own options. */
export class MachineContainer extends GenericContainer {
  readonly #options: MachineContainerOptions;

  constructor(options: MachineContainerOptions) {
    super(options.image);
    this.#options = options;
    this.withName(options.name)
      .withHostname(options.name)
      .withLabels({ ...options.labels })
      .withExposedPorts(...options.ports)
      .withAddedCapabilities(...CAPABILITIES)
      // Our own labels and `reap` replace testcontainers' reaper image, which cannot always be pulled.
      .withAutoCleanup(false)
      .withWaitStrategy(Wait.forSuccessfulCommand('test -e /run/givre/machine-ready'));
  }

  protected override async beforeContainerCreated(): Promise<void> {
    const host = this.hostConfig;
    // Over the API, empty lists are what the command line calls `systempaths=unconfined`.
    host.MaskedPaths = [];
    host.ReadonlyPaths = [];
    host.SecurityOpt = ['seccomp=unconfined', 'apparmor=unconfined'];
    if (this.#options.memoryBytes !== undefined) {
      // Without swap, or the limit would be a matter of speed.
      Object.assign(host, { Memory: this.#options.memoryBytes, MemorySwap: this.#options.memoryBytes });
    }
    // The engine knows this word; the type of testcontainers' Docker client does not.
    Object.assign(host, { CgroupnsMode: 'private' });
    // `Binary` and runtime sockets live here; exec because runc re-executes itself from below /run.
    host.Tmpfs = { '/run': 'rw,exec,mode=755' };
    host.Mounts = [
      // An anonymous volume keeps overlayfs off overlayfs; it goes with the container.
      { Type: 'volume', Target: '/var/lib/containerd', Source: '' },
      { Type: 'volume', Target: '/var/lib/registry', Source: this.#options.registryVolume },
    ];
    for (const bindings of Object.values(host.PortBindings ?? {})) {
      for (const binding of Array.isArray(bindings) ? bindings : []) {
        if (typeof binding === 'object' && binding !== null) Object.assign(binding, { HostIp: '127.0.0.1' });
      }
    }
  }

  protected override async containerCreated(containerId: string): Promise<void> {
    await this.#options.onCreated(containerId);
  }
}
