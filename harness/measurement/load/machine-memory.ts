import { z } from 'zod';
import type { MachineMemory } from '../../api/system.ts';
import { GivreError } from '../../core/errors.ts';
import type { LoadParts } from '../parts.ts';

/**
 * A machine that is a container has a cgroup of its own, whose memory is not what /proc/meminfo tells. Prints
 * `name value` lines; the cgroup's only where there is one, in v2's names.
 */
const SCRIPT = `awk '/^(MemTotal|MemAvailable):/ { print $1, $2 * 1024 }' /proc/meminfo
cd /sys/fs/cgroup
if [ -r memory.current ]; then
  echo "limit: $(cat memory.max)"; echo "usage: $(cat memory.current)"
  awk '$1 == "inactive_file" { print "inactive:", $2 }' memory.stat; awk '$1 == "oom_kill" { print "oom:", $2 }' memory.events
elif [ -r memory/memory.usage_in_bytes ]; then
  echo "limit: $(cat memory/memory.limit_in_bytes)"; echo "usage: $(cat memory/memory.usage_in_bytes)"
  awk '$1 == "total_inactive_file" { print "inactive:", $2 }' memory/memory.stat
  awk '$1 == "oom_kill" { print "oom:", $2 }' memory/memory.oom_control
fi`;

const bytes = z.coerce.number().nonnegative();

/** @throws GivreError `E_HOST_COMMAND` */
export async function readMachineMemory({ exec }: Pick<LoadParts, 'exec'>): Promise<MachineMemory> {
  const { exitCode, stdout, stderr } = await exec(['sh', '-c', SCRIPT], { timeoutMs: 20_000 });
  if (exitCode !== 0) {
    const message = 'cannot read the memory of the machine under test';
    throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: stderr.trim() });
  }
  const values = new Map(stdout.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
  const total = bytes.parse(values.get('MemTotal:'));
  const usage = values.get('usage:');
  const oom = values.get('oom:');
  const oomKills = oom === undefined ? null : bytes.parse(oom);
  if (usage === undefined) {
    return { limitBytes: total, usedBytes: total - bytes.parse(values.get('MemAvailable:')), oomKills };
  }
  const limit = Number(values.get('limit:'));
  return {
    // "max", or in v1 a number beyond every machine.
    limitBytes: Number.isFinite(limit) ? Math.min(limit, total) : total,
    usedBytes: Math.max(0, bytes.parse(usage) - bytes.parse(values.get('inactive:') ?? 0)),
    oomKills,
  };
}
