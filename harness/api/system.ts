import type { FunctionSpec } from '../platforms/gateway-schemas.ts';
import type { ColdStartSample, FloorOutcome, Level, MemorySample, PlatformRecord } from '../runs/schema.ts';
import type { Contamination } from './observations.ts';

/** One function as the harness deploys and calls it. */
export interface Deployable {
  readonly name: string;
  /** Body of `POST /system/functions`. */
  readonly deployment: FunctionSpec;
  /** Reference of its image inside the machine, pinned by digest. */
  readonly image: string;
  /** The answer that counts as correct; without a body any body does. */
  readonly expect: { readonly status: number; readonly bodyBase64?: string };
}

/** What one cold start has shown; the scenario adds where in the run it belongs. */
export type ColdStartOutcome = Omit<
  ColdStartSample,
  'schemaVersion' | 'kind' | 'index' | 'at' | 'platform' | 'block' | 'round' | 'function' | 'level'
>;

export type MemoryOutcome = Pick<
  MemorySample,
  'cgroupBytes' | 'functionPssBytes' | 'shimPssBytes' | 'collectorPssBytes'
>;

/** One platform on one machine, with everything a scenario may do to it. */
export interface System {
  readonly platform: PlatformRecord;
  readonly functions: readonly Deployable[];
  /** Why a level cannot be measured here; undefined when it can. */
  unsupported(level: Level): string | undefined;
  /** Lets this machine run and freezes those of the other platforms. */
  activate(): Promise<void>;
  /** Deploys afresh and returns once the function has answered correctly. */
  deploy(deployable: Deployable): Promise<void>;
  remove(deployable: Deployable): Promise<void>;
  /** Makes the function cold and measures its start; never throws for what the function or platform does wrong. */
  coldStart(deployable: Deployable, level: Level): Promise<ColdStartOutcome>;
  /** What a start of that level costs here without the platform; L4: a bare machine. */
  floor(level: Level): Promise<FloorOutcome>;
  /** One warm request through the gateway. */
  warm(deployable: Deployable): Promise<{ readonly latencyNs: number | null; readonly correct: boolean }>;
  contamination(): Promise<Contamination>;
  /** Removes leaked network state that belongs to no living task. */
  clean(): Promise<void>;
  memory(deployable: Deployable): Promise<MemoryOutcome>;
}
