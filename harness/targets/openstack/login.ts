import { setTimeout as sleep } from 'node:timers/promises';
import { GivreError, messageOf } from '../../core/errors.ts';
import { lastLines } from '../../core/subprocess.ts';
import type { ComputeApi } from '../../openstack/compute.ts';
import type { SshAddress, SshConnection } from '../../ssh/connection.ts';
import { waitForSsh } from '../../ssh/wait.ts';

interface LoginOptions {
  readonly compute: ComputeApi;
  readonly server: { readonly id: string; readonly name: string };
  readonly address: SshAddress;
  readonly jump: SshAddress | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

const LOOK_AT_SERVER_MS = 5_000;
const CONSOLE_LINES = 60;
const SHOWN_LINES = 12;

/**
 * Logs in to a server as soon as it lets us.
 *
 * @throws GivreError as `waitForSsh`, and `E_SERVER_DOWN` when the server stops meanwhile; what its console says is in
 * the hint.
 */
export async function loginToServer(options: LoginOptions): Promise<SshConnection> {
  const { address, jump, deadlineMs, server, progress } = options;
  const onChange = (seen: string): void => progress(`waiting to log in to ${server.name}: ${seen}`);
  const over = new AbortController();
  const down = new AbortController();
  void abortWhenDown(options, over.signal, down);
  try {
    const signal = AbortSignal.any([options.signal, down.signal]);
    return await waitForSsh({ address, jump, signal, deadlineMs, onChange });
  } catch (error) {
    options.signal.throwIfAborted();
    throw await explained(down.signal.aborted ? down.signal.reason : error, options);
  } finally {
    over.abort();
  }
}

/** A server that has stopped is not waited for until the deadline. */
async function abortWhenDown(
  { compute, server }: LoginOptions,
  over: AbortSignal,
  down: AbortController,
): Promise<void> {
  while (!over.aborted) {
    await sleep(LOOK_AT_SERVER_MS, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    // Nobody being able to look says nothing about the server.
    const found = await compute.getServer(server.id).catch(() => ({ status: 'unknown', fault: null }));
    const status = found?.status ?? 'gone';
    if (!['gone', 'ERROR', 'SHUTOFF', 'DELETED', 'SOFT_DELETED'].includes(status)) continue;
    const fault = found?.fault ? `: ${found.fault.message}` : '';
    const message = `server ${server.name} (${server.id}) is ${status} before anybody could log in${fault}`;
    down.abort(new GivreError({ code: 'E_SERVER_DOWN', message }));
    return;
  }
}

/** The same error with what the machine's console says, which is where the reason stands. */
async function explained(error: unknown, { compute, server }: LoginOptions): Promise<GivreError> {
  const known = error instanceof GivreError ? error : undefined;
  return new GivreError({
    code: known?.code ?? 'E_SERVER_LOGIN',
    message: `nobody can log in to server ${server.name} (${server.id}): ${messageOf(error)}`,
    hint: [known?.hint, await consoleHint(compute, server.id)].filter((it) => it !== undefined).join('\n'),
    ...(known === undefined ? {} : { exitCode: known.exitCode }),
    cause: error,
  });
}

async function consoleHint(compute: ComputeApi, id: string): Promise<string> {
  const log = await compute.consoleLog(id, CONSOLE_LINES).catch((error: unknown) => error);
  if (typeof log !== 'string') return `its console cannot be read: ${messageOf(log)}`;
  const tail = lastLines(printable(log), SHOWN_LINES);
  if (tail === '') return 'its console is empty: did it boot at all?';
  const initialised = /cloud-init/i.test(log)
    ? ''
    : 'no line of cloud-init is on its console: the image must have cloud-init, which lets us in\n';
  return `${initialised}the end of its console:\n${tail}`;
}

/** Without colours and cursor movements. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
