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
    levels: plan.levels,
    samples: plan.samples,
    roundsPerBlock: plan.roundsPerBlock,
    seed: plan.seed,
    load: plan.scenarios.some((it) => it.measures === 'load')
      ? { ...plan.load, scenarios: perScenario(plan), generators: plan.generators, slo: plan.load.slo?.text ?? null }
      : null,
    comparisons: comparisonForecasts(plan),
    duration: durationSummary(duration),
    folder: plan.folder,
  };
}

function perScenario({ loads }: Plan) {
  return Object.fromEntries([...loads].map(([name, { rates, payloads, paths }]) => [name, { rates, payloads, paths }]));
}

/** The same for people. */
export function planText(plan: Plan, duration: Duration): string {
  return [
    `platform   ${plan.platforms.map(nameBefore).join(', ')} (${plan.platformChoice})`,
    ...plan.scenarios.map((it) => `scenario   ${it.name}: ${it.summary}`),
    `target     ${targetText(plan)}`,
    `functions  ${plan.functions.map((it) => it.name).join(', ')} (${plan.functionsChoice.words})`,
    ...deploymentLines(plan),
    ...(plan.levels.length === 0 ? [] : coldLines(plan)),
    ...(plan.scenarios.some((it) => it.measures === 'load') ? loadLines(plan) : []),
    ...comparisonForecasts(plan).map((it) => `compares   ${forecastWords(it)}`),
    ...durationLines(duration, plan).map((line, i) => `${i === 0 ? 'takes     ' : '          '} ${line}`),
    `run folder ${plan.folder}`,
    'dry run: nothing was created',
  ].join('\n');
}

function coldLines(plan: Plan): string[] {
  const cells = plan.platforms.length * plan.functions.length * plan.levels.length;
  return [
    `levels     ${plan.levels.join(', ')}`,
    `samples    ${plan.samples} per platform, function and level: ${cells * plan.samples} in all, seed ${plan.seed}`,
    `blocks     ${coldBlocks(plan)} per platform, deployed afresh each`,
  ];
}

function loadLines({ loads, load, generators, options: { target } }: Plan): string[] {
  const flavor = target.kind === 'openstack' ? `, servers of flavor ${target.generatorFlavor ?? target.flavor}` : '';
  return [
    ...[...loads].map(([scenario, wishes]) => `load       ${scenario}: ${wishesText(wishes)}`),
    `           ${load.durationMs / 1000} s each after ${load.warmUpMs / 1000} s of warm-up, in ${load.blocks} blocks (profile ${load.profile})`,
    ...(generators === 0 ? [] : [`generators ${generators}${flavor}, each with its share of the requests`]),
    ...(load.slo === undefined ? [] : [`objective  ${load.slo.text}`]),
  ];
}

function wishesText({ rates, payloads, paths }: LoadWishes): string {
  const sizes = payloads.filter((payload) => payload !== 'own');
  const bodies = sizes.length === 0 ? '' : `, bodies of ${sizes.join(', ')} bytes`;
  return `${rates.join(', ')} requests/s${bodies}, by ${paths.join(', ')}`;
}

function targetText({ options: { target, machines } }: Plan): string {
  const each = machines === 1 ? 'per platform' : `× ${machines} per platform`;
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
