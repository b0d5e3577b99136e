import { managementRequest } from '../agent/management-request.ts';
import type { Upkeep } from '../core/upkeep.ts';
import { upkeepOf } from '../platforms/upkeep.ts';
import type { Machine } from './machines.ts';

const LOOK_TIMEOUT_MS = 3_000;

/** Does the platform on this machine live, and how is it started again? */
export function upkeepOfMachine(machine: Machine, signal: AbortSignal): Upkeep {
  const { host, platform } = machine;
  return upkeepOf(host, platform.platform, platform.record.label, askGateway(machine), signal);
}

/** What is wrong with the gateway's answer, as a client on the machine itself sees it; undefined when nothing is. */
function askGateway({ agent, installation }: Machine): (path: string) => Promise<string | undefined> {
  return async (path) => {
    const asked = { address: installation.gatewayAddress, method: 'GET', path, body: null };
    const { bodyBase64: _, ...request } = managementRequest(installation, asked);
    const { correct, status, error } = await agent.http({
      request,
      expect: { status: 200 },
      deadlineMs: LOOK_TIMEOUT_MS,
    });
    return correct ? undefined : `GET ${path}: ${error ?? `status ${status}`}`;
  };
}
