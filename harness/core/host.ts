import type { Readable, Writable } from 'node:stream';
import type { Scope } from './scope.ts';
import type { RunOptions, RunResult } from './subprocess.ts';

/** A long-running program of which we hold all three streams. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with the exit code; never rejects. */
  readonly exited: Promise<number>;
}

/** A program that runs in the background on a host and writes to `/var/log/givre/<name>.log`. */
export interface ServiceSpec {
  readonly name: string;
  readonly argv: readonly string[];
  /** Services that it needs, for hosts which start everything again by themselves after a boot. */
  readonly after?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Facts about the machine under test; they go into the manifest. */
export interface HostFacts {
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly cgroup: string;
  /** As `systemd-detect-virt` calls it: `docker`, `kvm`, `qemu` (emulated), `lxc` (shared kernel, not a VM), `none`. */
  readonly virtualisation: string;
}

/** A machine that commands run on. */
export interface Host {
  /** For messages: "container givre-…". */
  readonly name: string;
  /** Runs a program to its end; a non-zero exit code is a result. */
  exec(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Copies one local file, creating folders; `mode` as in chmod, e.g. 0o755. The signal's reason when aborted. */
  upload(localPath: string, remotePath: string, mode: number, signal: AbortSignal): Promise<void>;
  /** Writes a text file, creating folders. Content never appears in a process list. */
  writeFile(remotePath: string, content: string, mode: number): Promise<void>;
  /** Starts a background program; returns as soon as it was started, not when it is ready. */
  startService(service: ServiceSpec): Promise<void>;
  /** Starts a service again that was started before, as it was then; what still runs of it is stopped. */
  restartService(name: string): Promise<void>;
  /** SIGTERM, then SIGKILL after 10 s; a service that is not there is no error. */
  stopService(name: string): Promise<void>;
  /** Last lines of a service's log, for error messages. */
  serviceLog(name: string, lines?: number): Promise<string>;
  /** Is the service's process alive? */
  serviceAlive(name: string): Promise<boolean>;
  /** Starts a program with all three streams attached. It ends when stdin is closed. */
  open(argv: readonly string[]): Channel;
  /** Where this process reaches a TCP port of the machine: `127.0.0.1:49154`. Only ports that the target published. */
  address(port: number): string;
  facts(): Promise<HostFacts>;
  /** Freezes everything on the machine (used while another platform is measured), and lets it go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** All that must be renewed as long as the machine is in use. */
  readonly leases: readonly Lease[];
  /** Copies the service logs into a local folder. */
  collectLogs(localFolder: string, signal: AbortSignal): Promise<void>;
}

/** Code of the error for a machine that somebody else uses by now, or that has cleaned itself up. */
export const MACHINE_LOST = 'E_MACHINE_LOST';

/** Something that says how long a machine is in use: a mark that reapers go by, a deadline of the machine's own. */
export interface Lease {
  /** For messages: "the mark of server givre-…". */
  readonly what: string;
  /** Renewing it runs programs on the machine, which must not be measured meanwhile. */
  readonly inside: boolean;
  /**
   * In use for so many seconds from now on, by the clock of those who go by it.
   *
   * @throws GivreError {@link MACHINE_LOST} when the machine is no longer this run's to use.
   */
  renew(seconds: number, signal: AbortSignal): Promise<void>;
}

/** Where a platform runs. */
export interface Target {
  readonly kind: 'container' | 'openstack' | 'ssh';
  /** Registers removal with the scope before waiting for anything. `role` makes names unique within a run. */
  acquire(scope: Scope, role: string, signal: AbortSignal): Promise<Host>;
}
