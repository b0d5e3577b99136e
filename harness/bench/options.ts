/** What the user asked for, parsed word by word; the plan checks it as a whole. */
export interface BenchOptions {
  readonly scenario: string;
  readonly target: 'container';
  /** As typed: `auto`, `faasd=PATH,control`, … */
  readonly platform: string;
  readonly defects: readonly string[];
  readonly like: string | undefined;
  /** Globs over function names, comma-separated. */
  readonly functions: string;
  /** stack.yaml files; empty means the reference functions. */
  readonly stacks: readonly string[];
  /** Undefined means the scenario's own. */
  readonly levels: readonly string[] | undefined;
  readonly samples: number | undefined;
  /** Undefined means the default. */
  readonly roundsPerBlock: number | undefined;
  readonly seed: number | undefined;
  /** Folder in which run folders are made. */
  readonly out: string;
  readonly keep: boolean;
  readonly clean: boolean;
  readonly coreServices: 'ours' | 'upstream';
  readonly acceptCeEula: boolean;
  /** For the manifest. */
  readonly command: readonly string[];
}
