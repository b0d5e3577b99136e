import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { ExitCode } from '../core/exit-codes.ts';
import { withoutCredentials } from '../core/inert.ts';
import { partsOf } from '../core/lists.ts';
import type { Output } from '../core/output.ts';
import { defectsHelp } from '../planning/defects-help.ts';
import { type BenchOptions, profileNames } from '../planning/options.ts';
import { addTargetOptions, targetOptionsOf } from './target-options.ts';
import { collect, type WordsOf, wholeNumber } from './words.ts';

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

export function benchCommand(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  const command = new Command('bench').description(
    'Measure an OpenFaaS platform on a disposable machine and write a run folder with an HTML report.',
  );
  return addRunOptions(addLoadOptions(addWhatOptions(addTargetOptions(command))))
    .addHelpText('after', () => `${EXAMPLES}\n${defectsHelp()}`)
    .action(async (words) => {
      const options = optionsOf(words);
      const { runBench } = await import('./run-bench.ts');
      done(await runBench(options, words, output));
    });
}

/** What is measured, on which platforms, and how often. */
function addWhatOptions(command: ReturnType<typeof addTargetOptions>) {
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

function addLoadOptions(command: ReturnType<typeof addWhatOptions>) {
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

function addRunOptions(command: ReturnType<typeof addLoadOptions>) {
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

type Words = WordsOf<ReturnType<typeof addRunOptions>>;

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
