/** Every exit code of givre, in one place. */
export const exitCodes = {
  ok: 0,
  /** A regression, a threshold or a conformance check failed. */
  failed: 1,
  /** The words on the command line or a configuration file are wrong. */
  usage: 2,
  /** The measurement is invalid or inconclusive. */
  invalid: 3,
  /** Docker, the network, a machine or a platform failed. */
  infrastructure: 4,
  /** Something that this run created could not be removed. */
  leftBehind: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
