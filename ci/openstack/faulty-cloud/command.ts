import { once } from 'node:events';
import { Command, CommanderError, InvalidArgumentError } from '@commander-js/extra-typings';
import { exitCodeOf, GivreError, messageOf, usageError } from '../../../harness/core/errors.ts';
import { type ExitCode, exitCodes } from '../../../harness/core/exit-codes.ts';
import { startFaultyCloud } from './cloud.ts';
import type { LoggedRequest } from './exchange.ts';
import { faults } from './faults.ts';
import { parseRule, RULE_SHAPE, type Rule } from './rules.ts';

const EXAMPLES = `
A rule is ${RULE_SHAPE}
METHOD is in capitals, SERVICE is identity, compute, network, image or volume, PATH is a regular expression that begins
with / or ^ and is tried on the path without the query. What is left out matches everything.

Examples:
  node ci/openstack/faulty-cloud.ts --auth-url http://127.0.0.1:5000/v3 --fault 'lost-answer:POST compute /servers$'
  node ci/openstack/faulty-cloud.ts --auth-url … --fault '429=3:GET compute probability=0.1 seed=7' --down image
  node ci/openstack/faulty-cloud.ts --list`;

interface Words {
  readonly authUrl?: string;
  readonly port: number;
  readonly fault: readonly Rule[];
  readonly down: readonly string[];
}

/** The faulty cloud for trying by hand: runs until it is interrupted, and prints a line for every request. */
export async function faultyCloudCommand(argv: readonly string[]): Promise<ExitCode> {
  const program = new Command('faulty-cloud')
    .description('A proxy in front of the APIs of an OpenStack cloud which goes wrong on demand.')
    .option('--auth-url <url>', 'of the real cloud, as in clouds.yaml')
    .option('--port <n>', 'of the identity service; 0 is any', portNumber, 0)
    .option('--fault <rule>', 'a fault and the requests that meet it; repeatable', collectRule, [])
    .option('--down <service>', 'a service that refuses connections; repeatable', collect, [])
    .option('--list', 'show all faults', false)
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  try {
    program.parse([...argv], { from: 'user' });
    const words = program.opts();
    if (words.list) process.stdout.write(`${faultList()}\n`);
    else await serveUntilInterrupted(words);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const hint = error instanceof GivreError && error.hint !== undefined ? `\n  → ${error.hint}` : '';
    process.stderr.write(`error: ${messageOf(error)}${hint}\n`);
    return exitCodeOf(error);
  }
}

async function serveUntilInterrupted(words: Words): Promise<void> {
  if (words.authUrl === undefined || !URL.canParse(words.authUrl)) {
    throw usageError('E_FAULTY_CLOUD_USAGE', 'it needs the address of a real cloud', '--auth-url http://HOST:5000/v3');
  }
  const onRequest = (request: LoggedRequest): void => void process.stdout.write(`${lineOf(request)}\n`);
  const cloud = await startFaultyCloud({ authUrl: words.authUrl, port: words.port, onRequest });
  for (const rule of words.fault) cloud.inject(rule);
  for (const service of words.down) await cloud.down(service);
  process.stdout.write(`auth_url: ${cloud.authUrl}\n`);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  await once(interrupted.signal, 'abort');
  await cloud.close();
}

/** `14:03:07.120 POST compute /v2.1/servers → (nothing), cloud 202, lost-answer` */
function lineOf({ at, method, service, path, status, cloudStatus, fault, requestId }: LoggedRequest): string {
  const details = [`cloud ${cloudStatus ?? '(not reached)'}`, fault, requestId].filter((it) => it !== null);
  const time = new Date(at).toISOString().slice(11, 23);
  return `${time} ${method} ${service} ${path} → ${status ?? '(nothing)'}, ${details.join(', ')}`;
}

function faultList(): string {
  const lines = Object.entries(faults).map(([name, { does, defaultValue }]) => {
    const unless = defaultValue === undefined ? '' : ` (VALUE: ${defaultValue})`;
    return `${name.padEnd(19)}${does}${unless}`;
  });
  return lines.join('\n');
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function collectRule(text: string, earlier: readonly Rule[]): readonly Rule[] {
  return [...earlier, parseRule(text)];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535');
}
