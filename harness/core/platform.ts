import type { Host } from './host.ts';
import type { Scope } from './scope.ts';

/** Namespace in which OpenFaaS platforms on containerd keep their functions. */
export const FUNCTION_NAMESPACE = 'openfaas-fn';

/** Called with one line for each step of long work. */
export type Progress = (line: string) => void;

/** An OpenFaaS installation that answers. */
export interface Installation {
  readonly label: string;
  readonly kind: 'faasd' | 'control';
  /** What `/system/info` says of the provider: its name for itself, and its version. */
  readonly provider: string;
  readonly version: string;
  /** As this process reaches the gateway: `http://127.0.0.1:49154`. */
  readonly gatewayUrl: string;
  /** As the agent reaches them on the machine. */
  readonly gatewayAddress: string;
  readonly providerAddress: string;
  /**
   * Where a server on the machine must listen for the platform's core services to reach it, an IP address: those that run
   * in containers have a loopback of their own.
   */
  readonly callbackHost: string;
  readonly credentials: { readonly user: string; readonly password: string };
}

/** An OpenFaaS platform that can be installed on a host. */
export interface Platform {
  readonly label: string;
  readonly kind: 'faasd' | 'control';
  readonly defects: readonly string[];
  /** Brings the platform up; ready means `/healthz`, `/system/info` and a list call answer. Errors quote the service logs. */
  install(scope: Scope, host: Host, signal: AbortSignal, progress: Progress): Promise<Installation>;
  /**
   * Waits for an installation of this platform that the machine starts by itself, on a machine image of ours for
   * instance. Reads its password there. Errors quote the service logs.
   */
  attach(host: Host, signal: AbortSignal, progress: Progress): Promise<Installation>;
  /**
   * Copies what its services have logged elsewhere during the last `sinceMs` milliseconds to where {@link Host.collectLogs}
   * finds it; absent where there is nothing elsewhere. Never fails: what could not be seen is said there.
   */
  gatherLogs?(host: Host, sinceMs: number): Promise<void>;
  /**
   * Services by which it answers, in the order in which they are started again when it has died: without those that it
   * stands on. Absent where they are not ours.
   */
  readonly services?: readonly string[];
  /** Its core services are containers of their own, and some of them may end alone. */
  readonly coreInContainers?: boolean;
  /** Files with passwords: what a machine image must not hold, and what is made anew at its first boot. */
  readonly secrets: SecretFiles;
}

/** Where an installation keeps the gateway's password. */
export interface SecretFiles {
  /** Holds `basic-auth-user` and `basic-auth-password`. */
  readonly folder: string;
  /** Numeric user that must be able to read them. */
  readonly owner: string;
}
