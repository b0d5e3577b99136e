import { resolve } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from '../core/exit-codes.ts';
import { inertJson } from '../core/inert.ts';
import { partsOf } from '../core/lists.ts';
import type { Output } from '../core/output.ts';
import { checkFile, replaceFiles } from '../core/replace-file.ts';
import { reapCommandFor } from '../planning/reap-command.ts';
import { NOTHING_MADE, onInterrupt } from './interrupt.ts';
import { recordTable } from './verified-table.ts';
import { collect, type WordsOf } from './words.ts';

const EXAMPLES = `
Examples:
  npm run verify-functions
  npm run verify-functions -- --functions 'go-*,rust-*' --workloads json,hash
  npm run verify-functions -- --direct --json verified.json
  npm run verify-functions -- --stack ./stack.yaml --vectors ./vectors
  npm run verify-functions -- --functions '*-of,*-classic' --watchdog of=./of-watchdog,classic=./fwatchdog

Every variant gets every golden vector of its workload twice, with a length and chunked: behind the gateway of the
control platform on a disposable machine, or, with --direct, as a plain container, which is faster.
The vectors are in peer-functions/vectors, what they mean is in peer-functions/README.md.

Exit codes: 0 all the same, 1 some different, 2 usage, 3 nothing checked, or not what was named, 4 infrastructure,
5 left behind, 130 interrupted.`;

export function verifyCommand(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  return command()
    .addHelpText('after', EXAMPLES)
    .action(async (words) => done(await run(words, output)));
}

function command() {
  return new Command('verify-functions')
    .description('Check that functions in all languages do the same work, before anything is timed.')
    .option('--functions <globs>', 'which functions, comma-separated', '*')
    .option('--workloads <list>', 'only these workloads, comma-separated', (text) => partsOf(text, '--workloads'))
    .option('--stack <file>', 'an OpenFaaS stack.yaml instead of the reference functions (repeatable)', collect, [])
    .option('--vectors <folder>', 'golden vectors (default: peer-functions/vectors)')
    .option('--watchdog <list>', 'your own watchdogs, of=PATH,classic=PATH (default: upstream’s images)')
    .option('--direct', 'plain containers in a network that leads nowhere; no machine, no platform', false)
    .option('--json <file>', 'write the record as JSON');
}

async function run(words: WordsOf<ReturnType<typeof command>>, output: Output): Promise<ExitCode> {
  const path = words.json === undefined ? undefined : resolve(words.json);
  if (path !== undefined) await checkFile(path, '--json');
  const { verifyFunctions } = await import('../verification/verify.ts');
  let reapHint = NOTHING_MADE;
  const interrupt = onInterrupt(output, () => reapHint);
  const { functions, workloads, stack: stacks, vectors, watchdog, direct } = words;
  try {
    const { record, exitCode } = await verifyFunctions(
      { functions, workloads, stacks, vectors, watchdog, direct },
      {
        output,
        signal: interrupt.signal,
        onRunId: (id) => {
          reapHint = reapCommandFor({ kind: 'container' }, { run: id });
        },
      },
    );
    if (path !== undefined) await replaceFiles([{ path, content: `${inertJson(record, 2)}\n` }]);
    output.result(recordTable(record));
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}
