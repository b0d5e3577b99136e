import type { Claim } from './claims.ts';
import type { SelfContext } from './runs.ts';

type Part = (context: SelfContext) => Promise<readonly Claim[]>;

/** By what `--only` calls them. */
export type SelfParts = Readonly<Record<string, Part>>;

/** Everything that givre claims about itself, measured on this machine. Each part is loaded when its turn comes. */
export const selfParts: SelfParts = {
  residual: async (context) => (await import('./phases.ts')).residualClaims(context),
  delay: async (context) => (await import('./phases.ts')).delayClaims(context),
  control: async (context) => (await import('./platform.ts')).controlClaims(context),
  contamination: async (context) => (await import('./contamination.ts')).contaminationClaims(context),
  harness: async (context) => (await import('./cost.ts')).harnessClaims(context),
  default: async (context) => (await import('./cost.ts')).defaultRunClaims(context),
  duration: async (context) => (await import('./duration.ts')).durationClaims(context),
  agent: async (context) => (await import('./agent-cost.ts')).agentClaims(context),
  truth: async (context) => (await import('./truth.ts')).truthClaims(context),
  faults: async (context) => (await import('./faults.ts')).faultClaims(context),
  clean: async (context) => (await import('./clean-runs.ts')).cleanClaims(context),
  generators: async (context) => (await import('./generators.ts')).generatorClaims(context),
  overhead: async (context) => (await import('./overhead.ts')).overheadClaims(context),
  functions: async (context) => (await import('./functions.ts')).functionClaims(context),
  fidelity: async (context) => (await import('./fidelity.ts')).fidelityClaims(context),
};
