import { GivreError, messageOf } from '../core/errors.ts';
import { machineRoutes } from '../planning/machine-routes.ts';
import type { SshOptions } from '../planning/options.ts';
import { connectSsh } from '../ssh/connect.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { readFacts } from '../targets/machine-facts.ts';
import type { Finding } from './doctor.ts';

/** Each look at a machine. */
const LOOK_MS = 30_000;

/**
 * Everything that a run on an existing machine needs, its generators too: logs in, looks, and leaves nothing there.
 *
 * @throws GivreError (usage) for words that name no machine; what a machine lacks is a finding.
 */
export async function diagnoseMachines(options: SshOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const notes: Finding[] = [];
  const { machine, generators } = await machineRoutes(options, (detail) => {
    notes.push({ what: 'warning', status: 'note', detail, hint: '' });
  });
  const names = [options.host, ...(options.generatorHosts ?? [])];
  const findings: Finding[] = [];
  for (const [index, route] of [machine, ...generators].entries()) {
    const text = names[index] ?? '';
    try {
      const connection = await connectSsh({ ...route, signal });
      findings.push({
        what: `login ${text}`,
        status: 'ok',
        detail: 'its host key is known, and it lets us in',
        hint: '',
      });
      // A generator needs no rights.
      const looks = index === 0 ? [root, system] : [system];
      for (const look of looks) findings.push(await look(text, connection, signal));
      await connection.close();
    } catch (error) {
      findings.push(failed(`login ${text}`, error));
    }
  }
  return [...notes, ...findings];
}

type Look = (name: string, connection: SshConnection, signal: AbortSignal) => Promise<Finding>;

const root: Look = async (name, connection, signal) => {
  const what = `root on ${name}`;
  const { exitCode, stderr } = await connection.asRoot().exec(['true'], { signal, timeoutMs: LOOK_MS });
  if (exitCode === 0) return { what, status: 'ok', detail: 'without a password', hint: '' };
  const hint = 'the user needs sudo without a password there (NOPASSWD), or log in as root';
  return { what, status: 'missing', detail: stderr.trim(), hint };
};

const system: Look = async (name, connection, signal) => {
  const exec: SshConnection['exec'] = (argv, how) => connection.exec(argv, { signal, timeoutMs: LOOK_MS, ...how });
  const { os, architecture, cores, memoryBytes } = await readFacts({ name, exec });
  const detail = `${os}, ${architecture}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return { what: `system of ${name}`, status: 'ok', detail, hint: '' };
};

function failed(what: string, error: unknown): Finding {
  const hint = error instanceof GivreError ? (error.hint ?? '') : '';
  return { what, status: 'missing', detail: messageOf(error), hint };
}
