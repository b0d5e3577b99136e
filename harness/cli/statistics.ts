import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { usageError } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import { partsOf } from '../core/lists.ts';
import { suggestion } from '../core/near-miss.ts';
import type { Output } from '../core/output.ts';
import type { StatisticsCase, StatisticsResult } from '../selftest/statistics/cases.ts';
import { type WordsOf, wholeNumber } from './words.ts';

const EXAMPLES = `
Examples:
  npm run bench:statistics
  npm run bench:statistics -- --only growth --scale 0.1
  npm run bench:statistics -- --json

Exit codes: 0 all limits kept, 1 a limit broken, 2 usage.`;

/** @param cases what is simulated; others than ours for tests */
export function statisticsCommand(
  output: Output,
  done: (code: ExitCode) => void,
  cases?: readonly StatisticsCase[],
): CommandUnknownOpts {
  return command()
    .addHelpText('after', EXAMPLES)
    .action(async (words) => {
      const all = cases ?? (await import('../selftest/statistics/index.ts')).statisticsCases;
      done(await run(words, output, all));
    });
}

function command() {
  return new Command('statistics')
    .description(
      'Simulate how often the statistics of givre hold what they promise. About half a minute, one processor.',
    )
    .option('--only <names>', 'comma-separated cases, or beginnings of their names')
    .option('--scale <factor>', 'factor on all repetitions, with wider limits below 1', factor, 1)
    .option('--seed <n>', 'of all simulations', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--json', 'print the results as JSON', false);
}

type Words = WordsOf<ReturnType<typeof command>>;

async function run(words: Words, output: Output, cases: readonly StatisticsCase[]): Promise<ExitCode> {
  const { simulate } = await import('../selftest/statistics/cases.ts');
  const results: StatisticsResult[] = [];
  for (const it of chosen(words.only, cases)) {
    output.status(`simulating ${it.name}`);
    const result = simulate(it, words.seed, words.scale);
    results.push(result);
    if (!words.json) output.result(lineOf(result));
  }
  const broken = results.filter((it) => !it.ok);
  const { scale, seed } = words;
  if (words.json) output.result(inertJson({ seed, scale, results }, 2));
  output.note(`${results.length - broken.length} of ${results.length} within their limits (seed ${seed})`);
  if (scale !== 1) output.note(`repetitions were scaled by ${scale}: these are no published figures`);
  return broken.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function chosen(only: string | undefined, cases: readonly StatisticsCase[]): readonly StatisticsCase[] {
  if (only === undefined) return cases;
  const beginnings = partsOf(only, '--only');
  const unknown = beginnings.find((word) => !cases.some(({ name }) => name.startsWith(word)));
  if (unknown !== undefined) {
    const known = cases.map(({ name }) => name);
    throw usageError('E_STATISTICS_CASE', `no case begins with "${unknown}"`, suggestion(unknown, known));
  }
  return cases.filter(({ name }) => beginnings.some((word) => name.startsWith(word)));
}

function lineOf({ ok, name, share, min, max, repetitions, elapsedMs, claim }: StatisticsResult): string {
  const value = `${percent(share).padStart(7)}  limits ${limitWords(min, max).padEnd(13)}`;
  const effort = `${String(repetitions).padStart(6)} times ${(elapsedMs / 1000).toFixed(1).padStart(5)} s`;
  return `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(34)} ${value} ${effort}\n       ${claim}`;
}

function limitWords(min: number | null, max: number | null): string {
  if (min === null) return `≤ ${percent(max ?? 1)}`;
  return max === null ? `≥ ${percent(min)}` : `${percent(min)}–${percent(max)}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

function factor(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}
