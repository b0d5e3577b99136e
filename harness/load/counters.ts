import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';

/** What the kernel has counted since it booted, of the machine that a generator runs on. */
export interface KernelCounters {
  readonly atNs: number;
  /** Per processor, in ticks. */
  readonly cores: readonly { readonly busy: number; readonly total: number; readonly steal: number }[];
  /** Time in which somebody waited for a processor (PSI); null where the kernel has none. */
  readonly cpuPressureUs: number | null;
  /** TCP, of the network namespace that the generator is in. */
  readonly segmentsSent: number;
  readonly segmentsRetransmitted: number;
  /**
   * Of these, those that the other side already had, by its own word (DSACK, RFC 2883): nothing was lost, and nobody waited.
   * Linux probes so where an acknowledgement is late (RFC 8985), also over loopback: for bodies of 20 kB at 50/s such probes
   * were 0.05 to 0.15 % of all segments, and each of them was reported.
   */
  readonly segmentsSentInVain: number;
  /** Connections that found the listen queue of their server full. */
  readonly listenOverflows: number;
}

/** Share of all processors' time between two readings that was busy, or stolen by the hypervisor; null where none passed. */
export function shareOfTime(before: KernelCounters, after: KernelCounters, key: 'busy' | 'steal'): number | null {
  const sum = (counters: KernelCounters, what: 'busy' | 'steal' | 'total'): number =>
    counters.cores.reduce((all, core) => all + core[what], 0);
  const total = sum(after, 'total') - sum(before, 'total');
  return total <= 0 ? null : (sum(after, key) - sum(before, key)) / total;
}

/** Every file is read by one shell, so that the counters belong to one moment. */
const SCRIPT = `cat /proc/uptime /proc/stat; echo ---; cat /proc/pressure/cpu 2>/dev/null; echo ---
cat /proc/net/snmp /proc/net/netstat`;

/** Reads the counters on any host. */
export async function readCounters(host: Pick<Host, 'exec' | 'name'>, signal: AbortSignal): Promise<KernelCounters> {
  const { stdout, stderr, exitCode } = await host.exec(['sh', '-c', SCRIPT], { signal, timeoutMs: 20_000 });
  if (exitCode === 0) return parseCounters(stdout);
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: `cannot read the kernel's counters on ${host.name}`,
    hint: stderr.trim(),
  });
}

const whole = z.coerce.number().int().nonnegative();

function parseCounters(text: string): KernelCounters {
  const [head = '', pressure = '', network = ''] = text.split('---\n');
  const [uptime = '', ...stat] = head.split('\n');
  const tables = networkTables(network);
  return {
    atNs: Number(uptime.split(' ')[0]) * 1e9,
    cores: stat.filter((line) => /^cpu\d/.test(line)).map(coreOf),
    cpuPressureUs: pressure === '' ? null : whole.parse(/^some .*total=(\d+)/m.exec(pressure)?.[1]),
    segmentsSent: whole.parse(tables.get('Tcp OutSegs')),
    segmentsRetransmitted: whole.parse(tables.get('Tcp RetransSegs')),
    segmentsSentInVain: whole.parse(tables.get('TcpExt TCPDSACKRecvSegs') ?? tables.get('TcpExt TCPDSACKRecv') ?? 0),
    listenOverflows: whole.parse(tables.get('TcpExt ListenOverflows') ?? 0),
  };
}

/** user nice system idle iowait irq softirq steal */
function coreOf(line: string) {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, total: busy + idle + iowait, steal };
}

/** Pairs of lines, names and numbers: `Tcp: OutSegs …` and `Tcp: 123 …`. */
function networkTables(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line.includes(': '));
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [table = '', ...names] = (lines[i] ?? '').split(/:? +/);
    const [, ...values] = (lines[i + 1] ?? '').split(/:? +/);
    for (const [index, name] of names.entries()) found.set(`${table} ${name}`, values[index] ?? '');
  }
  return found;
}
