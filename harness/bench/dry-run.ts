import type { Plan } from './plan.ts';
import type { PlannedPlatform } from './platform-choice.ts';

/** Everything that a run would do, as data for `--dry-run --json`. */
export function planSummary(plan: Plan) {
  return {
    runId: plan.runId,
    scenario: plan.scenario.name,
    target: plan.options.target.kind,
    platforms: plan.platforms.map(nameOf),
    platformChoice: plan.platformChoice,
    functions: plan.functions.map((it) => it.name),
    levels: plan.levels,
    samples: plan.samples,
    roundsPerBlock: plan.roundsPerBlock,
    seed: plan.seed,
    folder: plan.folder,
  };
}

/** The same for people. */
export function planText(plan: Plan): string {
  const cells = plan.platforms.length * plan.functions.length * plan.levels.length;
  return [
    `platform   ${plan.platforms.map(nameOf).join(', ')} (${plan.platformChoice})`,
    `scenario   ${plan.scenario.name}: ${plan.scenario.summary}`,
    `target     ${plan.options.target}: one disposable container per platform`,
    `functions  ${plan.functions.map((it) => it.name).join(', ')}`,
    `levels     ${plan.levels.join(', ')}`,
    `samples    ${plan.samples} per platform, function and level: ${cells * plan.samples} in all, seed ${plan.seed}`,
    `blocks     ${Math.ceil(plan.samples / plan.roundsPerBlock)} per platform, deployed afresh each`,
    `run folder ${plan.folder}`,
    'dry run: nothing was created',
  ].join('\n');
}

function nameOf(platform: PlannedPlatform): string {
  if (platform.kind === 'control') return platform.label;
  return platform.path === undefined ? 'faasd' : `faasd=${platform.path}`;
}
