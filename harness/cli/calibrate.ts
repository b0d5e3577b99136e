import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { calibrationDefaults, planCalibration, profileWords } from '../bench/calibration-plan.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import { onInterrupt } from './interrupt.ts';
import { type WordsOf, wholeNumber } from './words.ts';

const EXAMPLES = `
Examples:
  npm run calibrate
  npm run calibrate -- --rate 500 --duration 20
  npm run calibrate -- --profile constant,stall --json

Profiles: ${profileWords}.
Exit codes: 0 as wanted, 2 usage, 3 the generator is not to be trusted on this machine now, 4 infrastructure,
130 interrupted.`;

export function calibrateCommand(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  return command()
    .addHelpText('after', EXAMPLES)
    .action(async (words) => done(await run(words, output)));
}

function command() {
  return new Command('calibrate')
    .description(
      'Try the load generator on this machine against a server of which the truth is known. About two minutes.',
    )
    .option('--rate <n>', 'requests per second', wholeNumber(1, 100_000), calibrationDefaults.ratePerSecond)
    .option(
      '--duration <seconds>',
      'of each profile that is not shorter, after 5 s of warm-up; below 15 no steady state can be told',
      wholeNumber(4, 3_600),
      calibrationDefaults.durationMs / 1000,
    )
    .option('--profile <names>', 'comma-separated (default: all)')
    .option('--seed <n>', "of the server's random choices", wholeNumber(0, 2 ** 32 - 1), calibrationDefaults.seed)
    .option('--k6 <path>', 'your own k6 2.x instead of one built from its Go module')
    .option('--truth-server <path>', 'your own build of harness/load/truth')
    .option('--json', 'print the error table as JSON', false);
}

async function run(words: WordsOf<ReturnType<typeof command>>, output: Output): Promise<ExitCode> {
  const plan = planCalibration({ ...words, ratePerSecond: words.rate, durationSeconds: words.duration });
  const { calibrate } = await import('../bench/calibrate.ts');
  const { calibrationText } = await import('../../reports/calibration.ts');
  // Nothing outlives this process but programs whose input it holds, and they end with it.
  const interrupt = onInterrupt(output, () => 'nothing: generator and server end by themselves');
  try {
    const work = { signal: interrupt.signal, progress: (line: string) => output.status(line) };
    const calibration = await calibrate(plan, { k6: words.k6, truth: words.truthServer }, work);
    output.result(words.json ? inertJson(calibration, 2) : calibrationText(calibration));
    return calibration.ok ? exitCodes.ok : exitCodes.invalid;
  } finally {
    interrupt.dispose();
  }
}
