export const profileNames = ['quick', 'standard', 'thorough'] as const;

/** Where machines come from, and what they shall be. */
export type TargetOptions =
  | ({ readonly kind: 'container' } & ContainerOptions)
  | ({ readonly kind: 'openstack' } & OpenstackOptions)
  | ({ readonly kind: 'ssh' } & SshOptions);

interface ContainerOptions {
  /** Memory of each machine, all that runs on it included; undefined means no limit. */
  readonly memoryBytes?: number;
}

/** Names are as the user typed them: names or ids, resolved when the plan is made. */
export interface OpenstackOptions {
  /** Entry of clouds.yaml; undefined means `OS_CLOUD`, `OS_*` or the only entry. */
  readonly cloud: string | undefined;
  readonly region: string | undefined;
  readonly flavor: string;
  /** Of machines that only send load; undefined means the same. */
  readonly generatorFlavor?: string | undefined;
  readonly image: string;
  readonly network: string;
  /** External network from which a floating IP is taken; undefined means none. */
  readonly floatingNetwork: string | undefined;
  readonly availabilityZone: string | undefined;
  readonly configDrive: boolean;
  /** Size of a boot volume of our own; undefined boots from the flavor's disk. */
  readonly bootVolumeGb: number | undefined;
  /** Spread machines over hypervisors where possible. */
  readonly serverGroup: boolean;
  readonly sshUser: string;
  /** `user@host[:port]` */
  readonly sshJump: string | undefined;
  /** CIDRs that may connect; empty means the address from which the APIs are reached. */
  readonly allowFrom: readonly string[];
  /** Boot from, and make, an image with the platform already on it. */
  readonly golden: boolean;
  readonly httpsProxy: string | undefined;
}

export interface SshOptions {
  /** `user@host[:port]` */
  readonly host: string;
  /** The same, of machines that do nothing but send load; reached as `host` is. */
  readonly generatorHosts?: readonly string[];
  readonly sshJump: string | undefined;
  /** Private key; undefined means the SSH agent. */
  readonly identity: string | undefined;
}

/** What was asked of scenarios that put load on, as typed; undefined means the scenario's or the profile's own. */
export interface LoadWords {
  /** `standard` where nothing is said. */
  readonly profile: (typeof profileNames)[number] | undefined;
  readonly rates: string | undefined;
  readonly duration: string | undefined;
  readonly warmUp?: string | undefined;
  readonly payloads: string | undefined;
  readonly paths: string | undefined;
  readonly slo: string | undefined;
  readonly blocks: number | undefined;
  /** Machines that do nothing but send load; undefined means that the machine under test does. */
  readonly generators?: number | undefined;
  /** The user's own k6; undefined means one built from its pinned module. */
  readonly k6: string | undefined;
}

/** What the user asked for, parsed word by word; the plan checks it as a whole. */
export interface BenchOptions {
  /** One or several, comma-separated. */
  readonly scenario: string;
  readonly target: TargetOptions;
  /** As typed: `auto`, `faasd=PATH,control`, … */
  readonly platform: string;
  readonly defects: readonly string[];
  readonly like: string | undefined;
  /** Globs over function names, comma-separated. Undefined means those that the stack files mark as the default. */
  readonly functions: string | undefined;
  /** stack.yaml files; empty means the reference functions. */
  readonly stacks: readonly string[];
  /** `of=PATH,classic=PATH`; undefined leaves it to the environment, and then to upstream's images. */
  readonly watchdog?: string | undefined;
  /** `NAME=FILE` each. */
  readonly secrets?: readonly string[];
  /** Undefined means the scenario's own. */
  readonly levels: readonly string[] | undefined;
  readonly samples: number | undefined;
  /** Samples per cell at level L4, each of which is a machine of its own. Undefined means the default. */
  readonly machineSamples: number | undefined;
  /** A start that takes longer has failed. Undefined means the default. */
  readonly deadlineMs?: number | undefined;
  /** Machines per platform; blocks are spread over them and run at the same time. */
  readonly machines: number;
  /** Undefined means the default. */
  readonly roundsPerBlock: number | undefined;
  readonly seed: number | undefined;
  /** For scenarios that put load on. */
  readonly load?: LoadWords;
  /** Folder in which run folders are made. */
  readonly out: string;
  readonly keep: boolean;
  readonly clean: boolean;
  readonly coreServices: 'ours' | 'upstream';
  readonly acceptCeEula: boolean;
  /** For the manifest. */
  readonly command: readonly string[];
}
