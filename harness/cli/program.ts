import { Command, CommanderError, type OutputConfiguration } from '@commander-js/extra-typings';
import { exitCodeOf, GivreError, isInterruption, messageOf } from '../core/errors.ts';
import { type ExitCode, exitCodes } from '../core/exit-codes.ts';
import { type Output, streamOutput } from '../core/output.ts';
import { benchCommand } from './bench.ts';
import { calibrateCommand } from './calibrate.ts';
import { doctorCommand } from './doctor.ts';
import { exitWith } from './exit.ts';
import { reapCommand } from './reap.ts';
import { reportProgram } from './report-program.ts';
import { selfCommand } from './self.ts';
import { statisticsCommand } from './statistics.ts';
import { verifyCommand } from './verify-functions.ts';

/**
 * Words in, exit code out. A command's file imports what it needs to do its work only when it is called, so that help and
 * short commands do not wait for clients of clouds, engines and generators to load.
 */
async function main(argv: readonly string[], output: Output): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const done = (code: ExitCode): void => {
    exitCode = code;
  };
  const program = new Command('givre')
    .description('Benchmark and conformance harness for faasd and the OpenFaaS gateway.')
    .exitOverride()
    .configureOutput(wordsTo(output));
  const commands = [
    benchCommand,
    verifyCommand,
    selfCommand,
    statisticsCommand,
    calibrateCommand,
    reportProgram,
    doctorCommand,
    reapCommand,
  ];
  for (const command of commands) {
    program.addCommand(command(output, done).exitOverride().configureOutput(wordsTo(output)));
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    explain(error, output);
    return exitCodeOf(error);
  }
}

/** Help, and what is wrong with words, which it repeats. */
function wordsTo(output: Output): OutputConfiguration {
  return {
    writeOut: (text) => output.result(text.replace(/\n$/, '')),
    writeErr: (text) => output.note(text.replace(/\n$/, '')),
  };
}

/** What happened, to what, what to do next; a stack trace only for faults of our own. */
function explain(error: unknown, output: Output): void {
  if (error instanceof GivreError) {
    output.note(`error ${error.code}: ${error.message}`);
    if (error.hint !== undefined && error.hint !== '') output.note(`  → ${error.hint.replaceAll('\n', '\n    ')}`);
    return;
  }
  if (isInterruption(error)) return;
  output.note(`error: ${messageOf(error)}`);
  if (error instanceof Error && error.stack !== undefined) output.note(error.stack);
}

const output = streamOutput(process.stdout, process.stderr);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure of ours; a full disk is.
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  output.note(`error: the result could not be written: ${messageOf(error)}`);
  process.exit(exitCodes.infrastructure);
});
// Nobody reads our words any more (a lost terminal): the work and its cleanup go on without them.
process.stderr.on('error', () => {});

// Where there is nothing to clean up (`onInterrupt` comes before this): Node's own exit code would be 1, a regression.
process.on('uncaughtException', (error) => {
  explain(error, output);
  process.exit(exitCodes.infrastructure);
});

exitWith(await main(process.argv.slice(2), output), output);
