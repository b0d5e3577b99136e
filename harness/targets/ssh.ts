import type { Bundle } from '../core/bundle.ts';
import { GivreError } from '../core/errors.ts';
import type { Host, Lease, Target } from '../core/host.ts';
import type { Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { connectSsh } from '../ssh/connect.ts';
import type { SshAddress, SshConnection } from '../ssh/connection.ts';
import { bundleEnvironment, installBundle } from './bundle.ts';
import { claimMachine, leaveMachine, renewClaim, type Use } from './ssh-machine.ts';
import { placeTools } from './ssh-tools.ts';
import { systemdHost } from './systemd-host.ts';

interface SshTargetOptions {
  /** By `resolveAddress`, which holds it to known_hosts. */
  readonly address: SshAddress;
  readonly jump?: SshAddress | undefined;
  readonly bundle: Bundle;
  readonly use: Use;
  readonly runId: string;
  /** Seconds until the machine cleans itself up by its own clock, unless that is renewed. */
  readonly lifeSeconds: number;
  readonly progress: Progress;
}

/** The machine's ports that the harness itself talks to, through the tunnel only: gateway and registry. */
const TUNNELLED_PORTS = [8080, 5000] as const;
/** What is measured as it is found finds its own programs first. */
const FOUND_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/givre/bin';

/**
 * A machine that exists, somebody else's: used by one run at a time, installed into unless it is measured as found, and
 * left as it was. When the run dies it cleans itself up at the end of its time, or the next run does.
 * Whatever is registered with a scope here begins with `machine ` or `connection `.
 */
export function sshTarget(options: SshTargetOptions): Target {
  return {
    kind: 'ssh',
    async acquire(scope: Scope, _role: string, signal: AbortSignal): Promise<Host> {
      const { address, jump, use, progress } = options;
      const connection = await connectSsh({ address, jump, signal });
      await scope.defer(`connection to ${connection.name}`, () => connection.close());
      await requireRoot(connection, signal);
      const host = await hostOver(connection, options);
      const { runId, lifeSeconds } = options;
      await claimMachine(host, use, { runId, lifeSeconds }, progress);
      await scope.defer(host.name, () => leaveMachine(host, runId));
      signal.throwIfAborted();
      const { bundle } = options;
      if (use === 'install') await installBundle({ host, bundle, signal, progress });
      else await placeTools(host, bundle, signal);
      return host;
    },
  };
}

/** @throws GivreError `E_SSH_SUDO` */
async function requireRoot(connection: SshConnection, signal: AbortSignal): Promise<void> {
  const result = await connection.asRoot().exec(['true'], { signal, timeoutMs: 30_000 });
  if (result.exitCode === 0) return;
  throw new GivreError({
    code: 'E_SSH_SUDO',
    message: `${connection.name} cannot become root: ${result.stderr.trim()}`,
    hint: 'the user needs sudo without a password on that machine (NOPASSWD), or log in as root',
  });
}

async function hostOver(connection: SshConnection, { use, runId }: SshTargetOptions): Promise<Host> {
  const addresses = new Map<number, string>();
  for (const port of TUNNELLED_PORTS) addresses.set(port, await connection.forward(port));
  const host = systemdHost({
    connection,
    name: `machine ${connection.name}`,
    addresses,
    baseEnv: use === 'install' ? bundleEnvironment : { PATH: FOUND_PATH },
    persistent: false,
    powersOff: false,
  });
  const claim: Lease = {
    what: `the claim on ${host.name}`,
    inside: true,
    renew: (seconds, signal) => renewClaim(host, { runId, lifeSeconds: seconds }, signal),
  };
  return { ...host, leases: [claim] };
}
