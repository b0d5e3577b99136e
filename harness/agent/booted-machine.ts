import type { Installation } from '../core/platform.ts';
import type { AgentClient } from './client.ts';

/**
 * When a machine that was made for one sample got how far: nanoseconds after the request for it was sent, on the
 * harness' clock. Null where it was not observed: a container on a shared kernel has no kernel start.
 */
export interface BootEdges {
  readonly accepted: number | null;
  readonly active: number | null;
  readonly kernelBegun: number | null;
  readonly userspaceBegun: number | null;
  readonly cloudInitDone: number | null;
  readonly loggedIn: number | null;
  readonly containerdBegun: number | null;
  readonly containerdUp: number | null;
  readonly platformUp: number | null;
}

/** A machine that was made for one sample, with a platform that answers on it. */
export interface BootedMachine {
  readonly agent: AgentClient;
  readonly installation: Installation;
  /** Wall clock of the harness when the request for the machine was sent; nanoseconds since 1970, decimal. */
  readonly sentRealtimeNs: string;
  /**
   * When the function's image was put into the machine's registry, once the platform answered: nanoseconds after the
   * request for the machine, on the harness' clock. Nothing of a start waits for that.
   */
  readonly delivery: { readonly begunNs: number; readonly doneNs: number };
  /** To be asked after the measurement: what has not ended by then was not waited for. */
  readEdges(): Promise<BootEdges>;
  /** The machine's wall clock minus the harness', known to within ± `boundNs`. */
  readonly clock: { readonly offsetNs: number; readonly boundNs: number };
  readonly warnings: readonly string[];
}

/** How far a machine from the base image got, nanoseconds after the request for it. */
export interface BareBoot {
  readonly acceptedNs: number;
  readonly activeNs: number;
  readonly loggedInNs: number;
}

/** Makes machines for one sample each, and removes them whatever happens. */
export interface MachineBoots {
  /** With the platform, and that function's image in its registry. */
  withPlatform<T>(
    deployable: { readonly name: string; readonly image: string },
    use: (machine: BootedMachine) => Promise<T>,
  ): Promise<T>;
  /** With nothing of ours on it. */
  bare(): Promise<BareBoot>;
}
