import { GivreError, messageOf } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Platform } from '../core/platform.ts';
import { poll } from '../core/poll.ts';
import type { Upkeep } from '../core/upkeep.ts';
import { endedCoreServices } from './core-containers.ts';
import { quoteLog } from './starting.ts';

const RESTART_DEADLINE_MS = 60_000;
const LOG_LINES = 20;

/** Of an installation that is measured. */
export function upkeepOf(
  host: Host,
  { services = [], coreInContainers = false }: Pick<Platform, 'services' | 'coreInContainers'>,
  label: string,
  /** Asks the gateway from the machine itself, so that no way of ours to it is taken for the platform. */
  complaintAbout: (path: string) => Promise<string | undefined>,
  signal: AbortSignal,
): Upkeep {
  const endedServices = async (): Promise<readonly string[]> => {
    const alive = await Promise.all(services.map((name) => host.serviceAlive(name)));
    return services.filter((_name, i) => alive[i] !== true);
  };
  const complaint = async (): Promise<string | undefined> =>
    (await complaintAbout('/healthz')) ?? (await complaintAbout('/system/functions'));
  return {
    complaint,
    async ended() {
      const contained = coreInContainers ? await endedCoreServices({ host, signal }) : [];
      return [...(await endedServices()), ...contained];
    },
    services,
    log: (service) => host.serviceLog(service, LOG_LINES).catch(() => ''),
    async restart() {
      if (services.length === 0) throw died(label, 'it is not ours to be started again');
      for (const name of services.toReversed()) await host.stopService(name);
      for (const name of services) await host.restartService(name);
      await poll(
        async () => {
          // Some end at once when what they need is not there yet.
          for (const name of await endedServices()) await host.restartService(name);
          const seen = await complaint();
          return seen === undefined ? { done: true, value: undefined } : { done: false, seen };
        },
        { what: `${label} to answer again`, deadlineMs: RESTART_DEADLINE_MS, everyMs: 500, signal },
      ).catch(async (error: unknown) => {
        signal.throwIfAborted();
        const logs = await Promise.all(services.map((name) => quoteLog(host, name)));
        throw died(label, messageOf(error), logs.join('\n'));
      });
    },
  };
}

function died(label: string, why: string, hint?: string): GivreError {
  return new GivreError({ code: 'E_PLATFORM_DIED', message: `${label} died and cannot be revived: ${why}`, hint });
}
