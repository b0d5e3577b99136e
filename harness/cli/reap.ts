import { Command } from 'commander';
import { reap } from '../bench/reap.ts';
import type { ExitCode } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';

const EXAMPLES = `
Examples:
  npm run reap                    show what would be removed
  npm run reap -- --yes           remove it
  npm run reap -- --yes --run ID  remove what one run has left behind

A run that is alive keeps what it has: its lock says so.`;

export function reapCommand(output: Output, done: (code: ExitCode) => void): Command {
  return new Command('reap')
    .description('Find and remove what killed runs left behind.')
    .option('--yes', 'remove; without it nothing changes', false)
    .option('--run <id>', 'only what belongs to this run')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', EXAMPLES)
    .action(async (options: { yes: boolean; run?: string; json: boolean }) => done(await reap(options, output)));
}
