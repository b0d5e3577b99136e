import { Command, Option } from 'commander';
import { summaryJson } from '../../reports/json.ts';
import { terminalReport } from '../../reports/terminal.ts';
import { bench } from '../bench/bench.ts';
import { messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson, withoutCredentials } from '../core/inert.ts';
import { partsOf } from '../core/lists.ts';
import type { Output } from '../core/output.ts';
import { defectsHelp } from '../planning/defects-help.ts';
import { planSummary, planText } from '../planning/dry-run.ts';
import { expectedDuration } from '../planning/duration-history.ts';
import { type BenchOptions, profileNames } from '../planning/options.ts';
import { makePlan, type Plan } from '../planning/plan.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { isCalibrationDue } from '../runs/calibrations.ts';
import { onlyVerified } from '../verification/only-verified.ts';
import { NOTHING_MADE, onInterrupt } from './interrupt.ts';
import { writeReports } from './report.ts';
import { addTargetOptions, type TargetWords, targetOptionsOf } from './target-options.ts';
import { collect, wholeNumber } from './words.ts';

interface Words extends TargetWords {
  readonly scenario: string;
  readonly platform: string;
  readonly defect: readonly string[];
  readonly like?: string;
  readonly functions?: string;
  readonly stack: readonly string[];
  readonly watchdog?: string;
  readonly secret: readonly string[];
  readonly levels?: readonly string[];
  readonly samples?: number;
  readonly machineSamples?: number;
  readonly deadline?: number;
  readonly machines: number;
  readonly roundsPerBlock?: number;
  readonly seed?: number;
  readonly profile?: (typeof profileNames)[number];
  readonly rate?: string;
  readonly duration?: string;
  readonly warmUp?: string;
  readonly payload?: string;
  readonly path?: string;
  readonly slo?: string;
  readonly blocks?: number;
  readonly generators?: number;
  readonly k6?: string;
  readonly out: string;
  readonly keep: boolean;
  readonly clean: boolean;
  readonly verify: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly coreServices: 'ours' | 'upstream';
  readonly acceptOpenfaasCeEula: boolean;
}

const EXAMPLES = `
Examples:
  npm run bench -- --scenario coldstart
  npm run bench -- --scenario coldstart --functions 'rust-*,go-hello' --levels L1,L2 --samples 20
  npm run bench -- --scenario coldstart --platform faasd=/usr/local/bin/faasd,control
  npm run bench -- --scenario coldstart --platform control,control+no-readiness --seed 7
  npm run bench -- --scenario coldstart --stack ./stack.yaml --dry-run
  npm run bench -- --scenario latency --rate 50,200 --path gateway,provider,direct --profile quick
  npm run bench -- --scenario throughput,memory --functions 'rust-hello,go-hello' --slo 'p99<50ms,errors<0.1%'
  npm run bench -- --scenario coldstart --target openstack --cloud mycloud --flavor m1.small --image debian-12 \\
    --network private --levels L1,L2,L4
  npm run bench -- --scenario coldstart --target ssh --host debian@192.0.2.10

Levels: L0 resume of a paused task, L1 new process, L2 new container, L3 image pulled again, L4 new machine.
Exit codes: 0 ok, 1 failed threshold, 2 usage, 3 measurement invalid, 4 infrastructure, 5 left behind, 130 interrupted.`;

export function benchCommand(output: Output, done: (code: ExitCode) => void): Command {
  const command = new Command('bench').description(
    'Measure an OpenFaaS platform on a disposable machine and write a run folder with an HTML report.',
  );
  addLoadOptions(addWhatOptions(addTargetOptions(command)));
  return addRunOptions(command)
    .addHelpText('after', () => `${EXAMPLES}\n${defectsHelp()}`)
    .action(async (words: Words) => done(await run(words, output)));
}

/** What is measured, on which platforms, and how often. */
function addWhatOptions(command: Command): Command {
  return command
    .requiredOption(
      '--scenario <list>',
      'coldstart, latency, payload, throughput, soak, memory, density, burst, async; several comma-separated',
    )
    .option(
      '--platform <list>',
      'auto | faasd | faasd=PATH | control | control+DEFECT, several comma-separated',
      'auto',
    )
    .option(
      '--defect <name[=value]>',
      'a deviation that the control shall show (repeatable; listed below)',
      collect,
      [],
    )
    .option('--like <platform>', 'all deviations of the control that are known of this platform: faasd')
    .option('--functions <globs>', "which functions, comma-separated; '*' for all (default: those marked in the stack)")
    .option('--stack <file>', 'an OpenFaaS stack.yaml instead of the reference functions (repeatable)', collect, [])
    .option('--watchdog <list>', 'your own watchdogs, of=PATH,classic=PATH (default: upstream’s images)')
    .option(
      '--secret <name=file>',
      'a secret that functions of the stack name (repeatable); gone after the run',
      collect,
      [],
    )
    .option('--levels <list>', 'how cold: L0,L1,L2,L3,L4 (default: L1)', (text) => partsOf(text, '--levels'))
    .option('--samples <n>', 'samples per platform, function and level (default: 40)', wholeNumber(1, 100_000))
    .option('--machine-samples <n>', 'the same at L4, a machine of its own each (default: 5)', wholeNumber(1, 1_000))
    .option('--deadline <seconds>', 'a start that takes longer has failed (default: 20)', wholeNumber(1, 600))
    .option('--machines <n>', 'machines per platform, whose blocks run at the same time', wholeNumber(1, 100), 1)
    .option('--rounds-per-block <n>', 'samples between two fresh deployments (default: 5)', wholeNumber(1, 1_000))
    .option(
      '--seed <n>',
      'seed of every random order (default: from the clock, recorded)',
      wholeNumber(0, 2 ** 32 - 1),
    );
}

function addLoadOptions(command: Command): Command {
  return command
    .optionsGroup('With scenarios that put load on (all but coldstart):')
    .addOption(new Option('--profile <name>', 'how long and how often (default: standard)').choices(profileNames))
    .option('--rate <list>', 'requests per second, such as 50,200: each is measured (default: the scenario’s own)')
    .option('--duration <time>', 'of each measurement, such as 30s or 2m (default: the profile’s)')
    .option('--warm-up <time>', 'of the same load before each measurement, shown apart (default: the profile’s)')
    .option(
      '--payload <list>',
      'sizes of the body, such as 0,1k,64k, in letters (default: a body that the function’s workload can work with)',
    )
    .option('--path <list>', 'gateway, provider (behind the gateway), direct (the function itself)')
    .option(
      '--slo <limits>',
      "objective such as 'p99<50ms,errors<0.1%'; a run that breaks it ends with exit code 1, one that cannot tell with 3",
    )
    .option('--blocks <n>', 'fresh deployments per platform (default: the profile’s)', wholeNumber(1, 1_000))
    .option(
      '--generators <n>',
      'send load from so many machines of their own, which share the rate (container and openstack targets)',
      wholeNumber(1, 64),
    )
    .option('--k6 <path>', 'your own k6 2.x (default: built from its Go module)');
}

function addRunOptions(command: Command): Command {
  return command
    .optionsGroup('Options:')
    .option('--out <folder>', 'where run folders are made', 'runs')
    .option('--keep', 'keep the machines after the run, for a look inside', false)
    .option('--no-clean', 'leave leaked network state alone, to measure what it costs')
    .option('--verify', 'ask every function the golden vectors first, and measure only those that answer right', false)
    .option('--dry-run', 'print the plan and what would be deployed, and create nothing', false)
    .option('--json', 'print the summary as JSON on standard output', false)
    .addOption(
      new Option('--core-services <which>', "faasd's gateway and other core services")
        .choices(['ours', 'upstream'])
        .default('ours'),
    )
    .option('--accept-openfaas-ce-eula', 'you have read and accept the EULA of OpenFaaS CE', false);
}

async function run(words: Words, output: Output): Promise<ExitCode> {
  const options = optionsOf(words);
  let reapHint = NOTHING_MADE;
  const interrupt = onInterrupt(output, () => reapHint);
  try {
    const whole = await makePlan(options, { signal: interrupt.signal, now: new Date() });
    // Whatever the target, functions are verified in containers of this machine.
    const onRunId = (id: string): void => {
      reapHint = reapCommandFor({ kind: 'container' }, { run: id });
    };
    const checking = words.verify && !words.dryRun;
    const plan: Plan = checking ? await onlyVerified(whole, { output, signal: interrupt.signal, onRunId }) : whole;
    if (words.dryRun) {
      const duration = await expectedDuration(plan, isCalibrationDue);
      output.result(words.json ? inertJson(planSummary(plan, duration), 2) : planText(plan, duration));
      return exitCodes.ok;
    }
    reapHint = reapCommandFor(options.target, { run: plan.runId });
    const { folder, exitCode } = await bench(plan, output, interrupt.signal);
    const { summary, html } = await writeReports(folder).catch((error: unknown) => {
      // The run itself has ended well or badly before this; its own exit code says more than a report's failure.
      if (exitCode === exitCodes.ok) throw error;
      output.note(`the report could not be written: ${messageOf(error)}; later: npm run report -- ${folder}`);
      return { summary: undefined, html: 'none' };
    });
    if (summary === undefined) return exitCode;
    const colour = process.stdout.isTTY === true;
    if (words.json) output.result(summaryJson(summary).trimEnd());
    else output.result(terminalReport(summary, { colour }), { painted: true });
    output.note(`run folder  ${folder}\nreport      ${html}`);
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}

function optionsOf(words: Words): BenchOptions {
  return {
    scenario: words.scenario,
    target: targetOptionsOf(words),
    platform: words.platform,
    defects: words.defect,
    like: words.like,
    functions: words.functions,
    stacks: words.stack,
    watchdog: words.watchdog,
    secrets: words.secret,
    levels: words.levels,
    samples: words.samples,
    machineSamples: words.machineSamples,
    deadlineMs: words.deadline === undefined ? undefined : words.deadline * 1000,
    machines: words.machines,
    roundsPerBlock: words.roundsPerBlock,
    seed: words.seed,
    load: {
      profile: words.profile,
      rates: words.rate,
      duration: words.duration,
      warmUp: words.warmUp,
      payloads: words.payload,
      paths: words.path,
      slo: words.slo,
      blocks: words.blocks,
      generators: words.generators,
      k6: words.k6,
    },
    out: words.out,
    keep: words.keep,
    clean: words.clean,
    coreServices: words.coreServices,
    acceptCeEula: words.acceptOpenfaasCeEula,
    command: process.argv.slice(2).map(withoutCredentials),
  };
}
