import { GivreError, messageOf } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Installation, Platform } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import type { Upkeep } from '../core/upkeep.ts';
import { gatewayClient } from './gateway-client.ts';
import { quoteLog } from './starting.ts';

const LOOK_TIMEOUT_MS = 3_000;
const RESTART_DEADLINE_MS = 60_000;
const LOG_LINES = 20;

/** Of an installation that is measured. */
export function upkeepOf(
  host: Host,
  { services = [] }: Pick<Platform, 'services'>,
  installation: Pick<Installation, 'label' | 'gatewayUrl' | 'credentials'>,
  signal: AbortSignal,
): Upkeep {
  const ended = async (): Promise<readonly string[]> => {
    const alive = await Promise.all(services.map((name) => host.serviceAlive(name)));
    return services.filter((_name, i) => alive[i] !== true);
  };
  const complaint = async (): Promise<string | undefined> => {
    const client = gatewayClient(installation, { timeoutMs: LOOK_TIMEOUT_MS, signal });
    try {
      await client.health();
      await client.listFunctions();
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return messageOf(error);
    }
  };
  return {
    complaint,
    ended,
    services,
    log: (service) => host.serviceLog(service, LOG_LINES).catch(() => ''),
    async restart() {
      if (services.length === 0) throw died(installation.label, 'it is not ours to be started again');
      for (const name of services.toReversed()) await host.stopService(name);
      for (const name of services) await host.restartService(name);
      await poll(
        async () => {
          // Some end at once when what they need is not there yet.
          for (const name of await ended()) await host.restartService(name);
          const seen = await complaint();
          return seen === undefined ? { done: true, value: undefined } : { done: false, seen };
        },
        { what: `${installation.label} to answer again`, deadlineMs: RESTART_DEADLINE_MS, everyMs: 500, signal },
      ).catch(async (error: unknown) => {
        signal.throwIfAborted();
        const logs = await Promise.all(services.map((name) => quoteLog(host, name)));
        throw died(installation.label, messageOf(error), logs.join('\n'));
      });
    },
  };
}

function died(label: string, why: string, hint?: string): GivreError {
  return new GivreError({ code: 'E_PLATFORM_DIED', message: `${label} died and cannot be revived: ${why}`, hint });
}
