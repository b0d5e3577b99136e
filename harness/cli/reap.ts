import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { usageError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-codes.ts';
import type { Output } from '../core/output.ts';
import { addCloudOptions } from './target-options.ts';
import { type WordsOf, wholeNumber } from './words.ts';

const SIGN_IN_MS = 120_000;
const MIN_AGE_SECONDS = 60;

const EXAMPLES = `
Examples:
  npm run reap                    show what would be removed
  npm run reap -- --yes           remove it
  npm run reap -- --yes --run ID  remove what one run has left behind
  npm run reap -- --target openstack --cloud mycloud --yes --run ID

A run that is alive keeps what it has: its lock says so. In a cloud only what carries givre's mark is looked at; it goes
when its time is over, by the cloud's clock, and two passes have seen it, or when its run, started on this machine, is
named by --run.

Exit codes: 0 ok, 2 usage, 4 the cloud or the engine does not answer, or a kind of things cannot be listed (the others
are removed all the same), 5 something could not be removed.`;

export function reapCommand(output: Output, done: (code: ExitCode) => void): CommandUnknownOpts {
  return command()
    .addHelpText('after', EXAMPLES)
    .action(async (words) => done(await act(words, output)));
}

function command() {
  const general = new Command('reap')
    .description('Find and remove what killed runs left behind.')
    .option('--yes', 'remove; without it nothing changes', false)
    .option('--run <id>', 'only what belongs to this run')
    .option('--json', 'print as JSON', false)
    .addOption(new Option('--target <kind>', 'where to look').choices(['container', 'openstack']).default('container'));
  return addCloudOptions(general.optionsGroup('With --target openstack:'))
    .option(
      '--min-age <seconds>',
      `time between the two passes that must have seen it (default: ${MIN_AGE_SECONDS})`,
      wholeNumber(0, 604_800),
    )
    .optionsGroup('Options:');
}

async function act(words: WordsOf<ReturnType<typeof command>>, output: Output): Promise<ExitCode> {
  const { target, yes, run, json } = words;
  if (target === 'openstack') {
    const { cloud, region, httpsProxy, minAge: minAgeSeconds = MIN_AGE_SECONDS } = words;
    const { reapOpenstack } = await import('../maintenance/reap-openstack.ts');
    const options = { cloud, region, httpsProxy, yes, run, json, minAgeSeconds };
    return await reapOpenstack(options, output, { signal: AbortSignal.timeout(SIGN_IN_MS) });
  }
  const given = {
    '--cloud': words.cloud,
    '--region': words.region,
    '--https-proxy': words.httpsProxy,
    '--min-age': words.minAge,
  };
  const [stray] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (stray !== undefined) {
    throw usageError('E_TARGET_OPTION', `${stray} has no meaning for containers`, 'add --target openstack');
  }
  const { reap } = await import('../maintenance/reap.ts');
  return await reap({ yes, run, json }, output);
}
