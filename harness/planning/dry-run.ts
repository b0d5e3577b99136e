import type { LoadWishes } from '../api/index.ts';
import { deploymentLines, plannedDeployments } from './dry-run-deploys.ts';
import { type Duration, durationLines, durationSummary } from './duration.ts';
import { coldBlocks, comparisonForecasts, forecastWords } from './forecast.ts';
import { withoutImage } from './machine-image.ts';
import type { OpenstackOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { nameBefore } from './platform-choice.ts';

/** Everything that a run would do, as data for `--dry-run --json`. */
export function planSummary(plan: Plan, duration: Duration) {
  return {
    runId: plan.runId,
    scenario: plan.scenarios.map((it) => it.name).join(','),
    target: plan.options.target.kind,
    platforms: plan.platforms.map(nameBefore),
    platformChoice: plan.platformChoice,
    functions: plan.functions.map((it) => it.name),
    functionsChoice: plan.functionsChoice.words,
    deploys: plannedDeployments(plan),
    levels: plan.cold.levels,
    samples: plan.cold.samples,
    roundsPerBlock: plan.cold.roundsPerBlock,
    seed: plan.seed,
    load: plan.scenarios.some((it) => it.measures === 'load') ? loadSummary(plan) : null,
    comparisons: comparisonForecasts(plan),
    duration: durationSummary(duration),
    folder: plan.folder,
  };
}

function loadSummary({ load: { byScenario, together }, machines: { generators } }: Plan) {
  const scenarios = Object.fromEntries(
    [...byScenario].map(([name, { rates, payloads, paths }]) => [name, { rates, payloads, paths }]),
  );
  return { ...together, scenarios, generators, slo: together.slo?.text ?? null };
}

/** The same for people. */
export function planText(plan: Plan, duration: Duration): string {
  return [
    `platform   ${plan.platforms.map(nameBefore).join(', ')} (${plan.platformChoice})`,
    ...plan.scenarios.map((it) => `scenario   ${it.name}: ${it.summary}`),
    `target     ${targetText(plan)}`,
    `functions  ${plan.functions.map((it) => it.name).join(', ')} (${plan.functionsChoice.words})`,
    ...deploymentLines(plan),
    ...(plan.cold.levels.length === 0 ? [] : coldLines(plan)),
    ...(plan.scenarios.some((it) => it.measures === 'load') ? loadLines(plan) : []),
    ...comparisonForecasts(plan).map((it) => `compares   ${forecastWords(it)}`),
    ...durationLines(duration, plan).map((line, i) => `${i === 0 ? 'takes     ' : '          '} ${line}`),
    `run folder ${plan.folder}`,
    'dry run: nothing was created',
  ].join('\n');
}

function coldLines({ platforms, functions, cold, seed }: Plan): string[] {
  const cells = platforms.length * functions.length * cold.levels.length;
  return [
    `levels     ${cold.levels.join(', ')}`,
    `samples    ${cold.samples} per platform, function and level: ${cells * cold.samples} in all, seed ${seed}`,
    `blocks     ${coldBlocks(cold)} per platform, deployed afresh each`,
  ];
}

function loadLines({ load: { byScenario, together }, machines: { generators }, options: { target } }: Plan): string[] {
  const flavor = target.kind === 'openstack' ? `, servers of flavor ${target.generatorFlavor ?? target.flavor}` : '';
  return [
    ...[...byScenario].map(([scenario, wishes]) => `load       ${scenario}: ${wishesText(wishes)}`),
    `           ${together.durationMs / 1000} s each after ${together.warmUpMs / 1000} s of warm-up, in ${together.blocks} blocks (profile ${together.profile})`,
    ...(generators === 0 ? [] : [`generators ${generators}${flavor}, each with its share of the requests`]),
    ...(together.slo === undefined ? [] : [`objective  ${together.slo.text}`]),
  ];
}

function wishesText({ rates, payloads, paths }: LoadWishes): string {
  const sizes = payloads.filter((payload) => payload !== 'own');
  const bodies = sizes.length === 0 ? '' : `, bodies of ${sizes.join(', ')} bytes`;
  return `${rates.join(', ')} requests/s${bodies}, by ${paths.join(', ')}`;
}

function targetText({ options: { target }, machines: { perPlatform } }: Plan): string {
  const each = perPlatform === 1 ? 'per platform' : `× ${perPlatform} per platform`;
  switch (target.kind) {
    case 'container':
      return `container: one disposable container ${each}`;
    case 'openstack':
      return `openstack: one disposable server ${each}: flavor ${target.flavor}, image ${target.image}, network ${target.network}; ${installationText(target)}`;
    case 'ssh':
      return `ssh: ${target.host}, installed into and cleaned up after`;
  }
}

function installationText(target: OpenstackOptions): string {
  const word = withoutImage(target);
  if (word !== undefined) return `each is installed by itself (${word})`;
  return 'each boots from an image with the platform on it, which is made once for this and later runs';
}
