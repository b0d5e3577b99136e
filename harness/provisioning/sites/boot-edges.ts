import type { BootEdges } from '../../agent/booted-machine.ts';
import type { Host } from '../../core/host.ts';
import type { ClockOffset } from './clock.ts';

/** What the harness itself saw of a boot, on its own wall clock, nanoseconds since 1970. */
export interface SeenEdges {
  readonly sentNs: bigint;
  readonly acceptedNs: bigint;
  readonly activeNs: bigint;
  readonly loggedInNs: bigint;
}

// systemd dates its own start and that of units by CLOCK_MONOTONIC in microseconds. A boot's kernel began at 0 of that
// clock; a container has the clock of its host, whose kernel began long before. containerd says in its log when it was
// ready, because a unit of type "exec" is active as soon as its program runs.
const SCRIPT = `show() { printf '%s=' "$1"; systemctl show -p "$3" --value \${2:+"$2"}; }
show userspace '' UserspaceTimestampMonotonic
show cloudinit cloud-final.service ActiveEnterTimestampMonotonic
show platformUp givre-answering.service ActiveEnterTimestampMonotonic
show containerdBegun givre-containerd.service InactiveExitTimestampMonotonic
printf 'containerdUp='; sed -n 's/^time="\\([^"]*\\)".*containerd successfully booted.*/\\1/p' /var/log/givre/containerd.log 2>/dev/null | tail -n 1
printf '\\ncontainer='; systemd-detect-virt --container; true`;

/** Reads from the machine what only it knows, and puts all edges on the harness' clock, relative to the request. */
export async function readBootEdges(host: Host, clock: ClockOffset, seen: SeenEdges): Promise<BootEdges> {
  const { stdout } = await host.exec(['sh', '-c', SCRIPT], { timeoutMs: 20_000 });
  const lines = new Map(stdout.split('\n').map((line): [string, string] => pair(line)));
  const relative = (realtimeNs: bigint): number => Number(realtimeNs - seen.sentNs) - clock.offsetNs;
  const monotonic = (name: string): number | null => {
    const us = lines.get(name) ?? '';
    return /^[1-9]\d*$/.test(us) ? relative(BigInt(us) * 1000n + clock.realtimeMinusMonotonicNs) : null;
  };
  const isContainer = (lines.get('container') ?? 'none') !== 'none';
  const readyAt = parseNanoseconds(lines.get('containerdUp') ?? '');
  const ours = (ns: bigint): number => Number(ns - seen.sentNs);
  return {
    accepted: ours(seen.acceptedNs),
    active: ours(seen.activeNs),
    kernelBegun: isContainer ? null : relative(clock.realtimeMinusMonotonicNs),
    userspaceBegun: monotonic('userspace'),
    cloudInitDone: monotonic('cloudinit'),
    loggedIn: ours(seen.loggedInNs),
    containerdBegun: monotonic('containerdBegun'),
    containerdUp: readyAt === undefined ? null : relative(readyAt),
    platformUp: monotonic('platformUp'),
  };
}

/** An RFC 3339 time with up to nine decimals, which `Date` would cut to milliseconds. */
function parseNanoseconds(text: string): bigint | undefined {
  const [, whole = '', fraction = '', zone = ''] = /^(.+?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function pair(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
