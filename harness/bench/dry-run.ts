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
    `target     ${targetText(plan)}`,
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
  if (platform.kind === 'existing') return 'faasd as found';
  return platform.path === undefined ? 'faasd' : `faasd=${platform.path}`;
}

function targetText({ options: { target, machines } }: Plan): string {
  const each = machines === 1 ? 'per platform' : `× ${machines} per platform`;
  switch (target.kind) {
    case 'container':
      return `container: one disposable container ${each}`;
    case 'openstack':
      return `openstack: one disposable server ${each}: flavor ${target.flavor}, image ${target.image}, network ${target.network}`;
    case 'ssh':
      return `ssh: ${target.host}, installed into and cleaned up after`;
  }
}
