import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

const EXAMPLES = `
Examples:
  npm run report -- runs/coldstart-20261123-150000-k3f9
  npm run report -- RUN_FOLDER --out report.html
  npm run report -- RUN_FOLDER --json

Exit codes: 0 the run is valid and whole, 1 its objective was broken, 2 usage, 3 it is not valid, was not judged or not
decided, or records are missing.`;

export function reportProgram(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  return new Command('report')
    .description('Make the reports of a stored run again; needs no Docker and no network.')
    .argument('<run-folder>', 'folder with manifest.json and samples.ndjson')
    .option('--out <file>', 'where the HTML goes (default: report.html in the run folder)')
    .option('--json', 'print the summary as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (folder, words) => {
      const { exitCodeOf, reportCommand } = await import('./report.ts');
      const colour = process.stdout.isTTY === true;
      const { summary } = await reportCommand(folder, { ...words, colour }, output);
      done(exitCodeOf(summary));
    });
}
