import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { type Look, poll } from '../core/poll.ts';
import { allSettled } from '../core/settle.ts';
import { lastLines } from '../core/subprocess.ts';
import type { Plan } from '../planning/plan.ts';
import type { K6Program } from '../planning/users-k6.ts';
import type { RunImages } from './artifacts/images.ts';
import { deliverK6 } from './generator.ts';
import type { Machine } from './machines.ts';
import { GATEWAY_PORT, type GeneratorMachine, type Site, type SiteWork } from './sites/site.ts';

/** A cloud says that a port is open some seconds before it is. */
const OPENED_MS = 30_000;

interface Parts {
  readonly k6: K6Program;
  readonly images: RunImages;
  /** That load is to be put on. */
  readonly machines: readonly Machine[];
}

/** Acquires as many machines as were asked for, with k6 on each, and sees to it that they reach every gateway. */
export async function bringUpGenerators(
  plan: Plan,
  site: Site,
  { k6, images, machines }: Parts,
  work: SiteWork,
): Promise<readonly GeneratorMachine[]> {
  const { acquireGenerator } = site;
  if (plan.machines.generators === 0) return [];
  if (acquireGenerator === undefined) throw new Error('generators were planned where there are none');
  const goods = { images, hypervisors: machines.map((it) => it.record.hypervisor) };
  const bringUpOne = async (number: number): Promise<GeneratorMachine> => {
    const generator = await acquireGenerator(number, goods, work);
    await deliverK6(k6, generator.host, generator.folder, work.signal);
    return generator;
  };
  const generators = await allSettled(
    Array.from({ length: plan.machines.generators }, (_, index) => bringUpOne(index + 1)),
  );
  for (const machine of machines) await connect(site, machine, generators, work.signal);
  work.progress(`generators ready: ${generators.map((it) => it.host.name).join(', ')}`);
  return generators;
}

/** The gateway of a machine as generators reach it: `IP:PORT`. */
export async function gatewayOnNetwork(host: Host): Promise<string> {
  return `${await networkAddress(host)}:${GATEWAY_PORT}`;
}

/** The address of the interface towards the default route, by which other machines of its network reach it. */
const ADDRESS_SCRIPT = `device=$(ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
ip -4 -o addr show dev "$device" scope global | sed -n 's/.* inet \\([0-9.]*\\).*/\\1/p' | head -n 1`;

async function networkAddress(host: Host): Promise<string> {
  const { stdout, stderr } = await host.exec(['sh', '-c', ADDRESS_SCRIPT]);
  const address = stdout.trim();
  if (isAddress(address)) return address;
  throw new GivreError({
    code: 'E_MACHINE_ADDRESS',
    message: `${host.name} has no address by which generators could reach it`,
    hint: stderr.trim() || 'it has no default route; leave out the generators',
  });
}

/** By which of its addresses a generator would reach the machine; nothing is sent. */
const SOURCE_SCRIPT = `ip -4 -o route get "$1" | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p'`;
/** Does anybody take connections there? */
const REACH_SCRIPT = 'timeout 5 bash -c \'exec 3<>"/dev/tcp/$0/$1"\' "$1" "$2"';

async function connect(
  { admit }: Site,
  { platform, host }: Machine,
  generators: readonly GeneratorMachine[],
  signal: AbortSignal,
): Promise<void> {
  const address = await networkAddress(host);
  const sources: string[] = [];
  for (const generator of generators) {
    const { stdout } = await generator.host.exec(['sh', '-c', SOURCE_SCRIPT, 'sh', address], { signal });
    if (isAddress(stdout.trim())) sources.push(stdout.trim());
  }
  await admit?.(platform, host, sources, signal);
  await Promise.all(generators.map((generator) => requireRoute(generator.host, host, address, signal)));
}

/** @throws GivreError `E_DEADLINE` */
async function requireRoute(
  from: GeneratorMachine['host'],
  to: Host,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const words = ['sh', '-c', REACH_SCRIPT, 'sh', address, String(GATEWAY_PORT)];
  const look = async (): Promise<Look<void>> => {
    const { exitCode, stderr } = await from.exec(words, { signal, timeoutMs: 20_000 });
    if (exitCode === 0) return { done: true, value: undefined };
    return { done: false, seen: lastLines(stderr, 1) || 'no answer' };
  };
  await poll(look, {
    what: `${from.name} to reach the gateway of ${to.name} at ${address}:${GATEWAY_PORT}`,
    deadlineMs: OPENED_MS,
    everyMs: 1_000,
    signal,
    hint: 'both must be in one network, without a firewall between them; or leave out the generators',
  });
}

function isAddress(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text);
}
