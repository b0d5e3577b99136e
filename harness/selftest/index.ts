import { assemble } from '../bench/assemble.ts';
import { Scope } from '../core/scope.ts';
import { makePlan } from '../planning/plan.ts';
import { openSite } from '../provisioning/sites/open.ts';
import type { Claim } from './claims.ts';
import { cleanClaims } from './clean-runs.ts';
import { contaminationClaims } from './contamination.ts';
import { agentClaims, defaultRunClaims, harnessClaims } from './cost.ts';
import { durationClaims } from './duration.ts';
import { faultClaims } from './faults.ts';
import { fidelityClaims } from './fidelity.ts';
import { functionClaims } from './functions.ts';
import { generatorClaims } from './generators.ts';
import { overheadClaims } from './overhead.ts';
import { delayClaims, residualClaims } from './phases.ts';
import { controlClaims } from './platform.ts';
import { optionsFor, type SelfContext } from './runs.ts';
import { truthClaims } from './truth.ts';

type Part = (context: SelfContext) => Promise<readonly Claim[]>;

/** By what `--only` calls them. */
export type SelfParts = Readonly<Record<string, Part>>;

/** Everything that givre claims about itself, measured on this machine. */
export const selfParts: SelfParts = {
  residual: residualClaims,
  delay: delayClaims,
  control: controlClaims,
  contamination: contaminationClaims,
  harness: harnessClaims,
  default: defaultRunClaims,
  duration: durationClaims,
  agent: agentPart,
  truth: truthClaims,
  faults: faultClaims,
  clean: cleanClaims,
  generators: generatorClaims,
  overhead: overheadClaims,
  functions: functionClaims,
  fidelity: fidelityClaims,
};

async function agentPart(context: SelfContext): Promise<readonly Claim[]> {
  const options = optionsFor(context, { platform: 'control', functions: 'rust-hello' });
  const plan = await makePlan(options, { signal: context.signal, now: new Date() });
  const scope = new Scope();
  try {
    const work = { signal: context.signal, progress: (line: string) => context.output.note(line) };
    const { lanes, functions } = await assemble(plan, scope, await openSite(plan, { ...work, scope }), work);
    const [machine, fn] = [lanes[0]?.[0], functions[0]];
    if (machine === undefined || fn === undefined) throw new Error('nothing was assembled');
    await machine.gateway.deploy(fn.deployable.deployment);
    return await agentClaims(machine, fn.deployable.name);
  } finally {
    await scope.close((line) => context.output.note(line));
  }
}
