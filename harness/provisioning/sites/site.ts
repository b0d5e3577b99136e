import type { MachineBoots } from '../../agent/booted-machine.ts';
import type { Calm } from '../../core/calm.ts';
import type { Host } from '../../core/host.ts';
import type { Progress } from '../../core/platform.ts';
import type { Scope } from '../../core/scope.ts';
import type { GeneratorRecord, Level, MachineRecord } from '../../runs/schema.ts';
import type { GeneratorHost } from '../../targets/generator-ssh.ts';
import type { BuiltFunction } from '../artifacts/functions.ts';
import type { RunImages } from '../artifacts/images.ts';
import type { ObtainedPlatform } from '../platforms.ts';
import type { Place } from '../run.ts';

/** Of every platform. */
export const GATEWAY_PORT = 8080;

/** A machine that a platform can be installed on, or that was booted with it. */
export interface SiteMachine {
  readonly host: Host;
  /** For all that is asked of it by who measures. */
  readonly calm: Calm;
  /** The machine starts the platform by itself: it only has to be waited for. */
  readonly hasPlatform: boolean;
  readonly record: Omit<MachineRecord, 'platform'>;
}

/** A machine that does nothing but send load. */
export interface GeneratorMachine {
  readonly host: GeneratorHost;
  /** For all that is measured with its load. */
  readonly calm: Calm;
  /** For our programs there. */
  readonly folder: string;
  readonly record: GeneratorRecord;
}

export interface SiteWork {
  readonly scope: Scope;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What was built on the harness' machine, for machines that are to hold it. */
export interface Goods {
  readonly images: RunImages;
  readonly built: readonly BuiltFunction[];
}

/** What making a generator may need. */
export interface GeneratorGoods {
  readonly images: RunImages;
  /** Of each machine under test; null where that is not known. */
  readonly hypervisors: readonly MachineRecord['hypervisor'][];
}

/** Where the machines of this run come from. */
export interface Site extends Place {
  /** Levels that cannot be measured here, with the reason. */
  readonly unsupported: readonly { readonly level: Level; readonly reason: string }[];
  /** `role` makes names unique within the run. */
  acquire(platform: ObtainedPlatform, role: string, goods: Goods, work: SiteWork): Promise<SiteMachine>;
  /** The one of this number, from 1, of the machines to send load from, where there can be some. */
  readonly acquireGenerator?: (number: number, goods: GeneratorGoods, work: SiteWork) => Promise<GeneratorMachine>;
  /** Lets these addresses reach the gateway of a machine, where others may not. It may take effect a little later. */
  readonly admit?: (
    platform: ObtainedPlatform,
    host: Host,
    sources: readonly string[],
    signal: AbortSignal,
  ) => Promise<void>;
  /** Machines for one sample of L4 each, where they can be made. */
  readonly boots?: (platform: ObtainedPlatform, work: SiteWork) => MachineBoots;
}
