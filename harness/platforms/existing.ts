import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Installation, Platform, Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { BRIDGE_ADDRESS, startRegistry } from './base.ts';
import { gatherJournal } from './journal.ts';
import { readCredentials, untilReady } from './ready.ts';
import type { Start } from './starting.ts';

/** Where faasd's own installer puts the gateway's password. */
const SECRETS = { folder: '/var/lib/faasd/secrets', owner: '65534:65534' };
/** faasd calls itself so in `/system/info`, its CE too. */
const FAASD = /^faasd/;

interface ExistingPlatformOptions {
  readonly label: string;
}

/**
 * A faasd that somebody else has installed, measured as it is found. Of ours there is only the registry from which it
 * pulls the functions, on the machine's own loopback.
 */
export function existingPlatform({ label }: ExistingPlatformOptions): Platform {
  const installed = { label, kind: 'faasd', callbackHost: BRIDGE_ADDRESS } as const;
  const attach = async (host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> => {
    const start: Start = { host, signal, progress };
    const credentials = await readCredentials(start, SECRETS.folder);
    const installation = await untilReady(start, installed, credentials, []);
    if (FAASD.test(installation.provider)) return installation;
    throw new GivreError({
      code: 'E_NOT_FAASD',
      message: `the OpenFaaS on ${host.name} is no faasd: its provider calls itself "${installation.provider}"`,
      hint: 'givre measures faasd and its own control; this is neither',
    });
  };
  return {
    label,
    kind: 'faasd',
    defects: [],
    secrets: SECRETS,
    gatherLogs: gatherJournal,
    attach,
    async install(_scope: Scope, host: Host, signal: AbortSignal, progress: Progress): Promise<Installation> {
      // A machine that is used as it is found has no guard of ours.
      await startRegistry({ host, signal, progress }, '127.0.0.1:5000');
      return await attach(host, signal, progress);
    },
  };
}
