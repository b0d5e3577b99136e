import { type AgentClient, connectAgent } from '../agent/client.ts';
import { connectFloor, type FloorClient } from '../agent/floor.ts';
import type { Host, Target } from '../core/host.ts';
import type { Installation, Platform, Progress } from '../core/platform.ts';
import type { Scope } from '../core/scope.ts';
import { type GatewayClient, gatewayClient } from '../platforms/gateway-client.ts';

const AGENT = '/opt/givre/bin/givre-agent';
const FLOOR = '/opt/givre/bin/givre-floor';

/** One machine with a platform that answers and the programs that measure it. */
export interface Machine {
  readonly platform: Platform;
  readonly host: Host;
  readonly installation: Installation;
  readonly gateway: GatewayClient;
  readonly agent: AgentClient;
  readonly floor: FloorClient;
  /** Container created → platform and agent answer. */
  readonly readyMs: number;
}

interface MachineWork {
  readonly scope: Scope;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Local folder for the logs of every service, collected before the machine goes. */
  readonly logsFolder: (role: string) => string;
}

/** Acquires a machine, installs the platform on it and connects agent and floor. */
export async function bringUp(work: MachineWork, platform: Platform, role: string): Promise<Machine> {
  const { scope, target, signal, progress } = work;
  const begun = performance.now();
  const host = await target.acquire(scope, role, signal);
  await scope.defer(`logs of ${host.name}`, () => host.collectLogs(work.logsFolder(role)));
  const acquired = performance.now();
  const installation = await platform.install(scope, host, signal, (line) => progress(`${platform.label}: ${line}`));
  const agent = connectAgent(host.open([AGENT]), signal);
  await scope.defer(`agent on ${host.name}`, () => agent.close());
  const floor = connectFloor(host.open([FLOOR]), signal);
  await scope.defer(`floor on ${host.name}`, () => floor.close());
  await agent.hello();
  // Undone first of all: nothing on a frozen machine ends by itself.
  await scope.defer(`freeze of ${host.name}`, () => host.resume());
  const now = performance.now();
  progress(
    `${platform.label}: ready after ${seconds(now - begun)} (machine ${seconds(acquired - begun)}, platform ${seconds(now - acquired)})`,
  );
  const gateway = gatewayClient(installation, { signal });
  return { platform, host, installation, agent, floor, gateway, readyMs: now - begun };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
