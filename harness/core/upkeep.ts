/** What can be asked of a platform, and done for it, while it is measured. */
export interface Upkeep {
  /** Asks the gateway for its health and for the functions, which it asks the provider: undefined when both answer. */
  complaint(): Promise<string | undefined>;
  /** Those of its services that do not run. */
  ended(): Promise<readonly string[]>;
  /** All of its services that can be started again. */
  readonly services: readonly string[];
  /** The last lines of a service's log; empty when there is none. */
  log(service: string): Promise<string>;
  /**
   * Stops what still runs, starts all of it again, and waits until it answers.
   *
   * @throws GivreError `E_PLATFORM_DIED` where it is not ours to be started again or does not come up.
   */
  restart(): Promise<void>;
}
