import { Command } from 'commander';
import { calibrationText } from '../../reports/calibration.ts';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import type { Output } from '../core/output.ts';
import {
  calibrateHere,
  calibrationDefaults,
  chooseProfiles,
  obtainPrograms,
  profileWords,
} from '../provisioning/calibration.ts';
import { rememberCalibration } from '../runs/calibrations.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './words.ts';

interface Words {
  readonly rate: number;
  readonly duration: number;
  readonly profile?: string;
  readonly seed: number;
  readonly k6?: string;
  readonly truthServer?: string;
  readonly json: boolean;
}

/** From here on a p99 has an interval with two ends (`harness/statistics/quantile.ts`). */
const FEWEST_REQUESTS = 368;

const EXAMPLES = `
Examples:
  npm run calibrate
  npm run calibrate -- --rate 500 --duration 20
  npm run calibrate -- --profile constant,stall --json

Profiles: ${profileWords}.
Exit codes: 0 as wanted, 2 usage, 3 the generator is not to be trusted on this machine now, 4 infrastructure,
130 interrupted.`;

export function calibrateCommand(output: Output, done: (code: ExitCode) => void): Command {
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
    .option('--json', 'print the error table as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (words: Words) => done(await run(words, output)));
}

async function run(words: Words, output: Output): Promise<ExitCode> {
  const chosen = chooseProfiles(words.profile);
  const { rate: ratePerSecond, seed } = words;
  const { warmUpMs } = calibrationDefaults;
  if (ratePerSecond * words.duration < FEWEST_REQUESTS) {
    throw usageError(
      'E_CALIBRATION_SIZE',
      `${ratePerSecond * words.duration} requests per profile are too few to say anything about p99`,
      `--rate times --duration must be at least ${FEWEST_REQUESTS}`,
    );
  }
  // Nothing outlives this process but programs whose input it holds, and they end with it.
  const interrupt = onInterrupt(output, () => 'nothing: generator and server end by themselves');
  try {
    const work = { signal: interrupt.signal, progress: (line: string) => output.status(line) };
    const programs = await obtainPrograms({ k6: words.k6, truth: words.truthServer }, work);
    const choice = { profiles: chosen, ratePerSecond, durationMs: words.duration * 1000, warmUpMs, seed };
    const calibration = await calibrateHere(programs, choice, work);
    // A part of the profiles is no proof for runs.
    if (words.profile === undefined) await rememberCalibration(calibration);
    output.result(words.json ? inertJson(calibration, 2) : calibrationText(calibration));
    return calibration.ok ? exitCodes.ok : exitCodes.invalid;
  } finally {
    interrupt.dispose();
  }
}
