import { createInterface } from 'node:readline';
import type { Channel } from '../../core/host.ts';
import type { LoadResult } from '../../load/load.ts';
import { readUsage } from '../../load/read-usage.ts';
import { descriptorRecords, targetCpu } from '../../load/usage.ts';
import type { LoadSample } from '../../runs/schema.ts';
import type { LoadParts } from '../parts.ts';

/** Twice a second `PID NUMBER` for each process, without a program of its own for it, until its input ends. */
const LOOK = `while read -r -t 0.5; [ $? -gt 128 ]; do
  for pid; do files=(/proc/$pid/fd/*); echo "$pid \${#files[@]}"; done
done`;

type Usages = Pick<LoadSample, 'targetCpu' | 'descriptors'>;

/** What the machine under test takes for a load of one function. */
export async function withUsage(
  { exec, openProgram }: Pick<LoadParts, 'exec' | 'openProgram'>,
  { id, generatorIsThere, signal }: { id: string; generatorIsThere: boolean; signal: AbortSignal },
  load: () => Promise<LoadResult>,
): Promise<{ readonly result: LoadResult; readonly usages: Usages }> {
  const before = await readUsage(exec, id, signal);
  const pids = before.processes.filter((it) => it.files !== null).map((it) => String(it.pid));
  const descriptors = followDescriptors(openProgram(['bash', '-c', LOOK, 'bash', ...pids]));
  const result = await load().finally(descriptors.end);
  const after = await readUsage(exec, id, signal);
  const cpu = { requests: result.sent, generatorNs: generatorIsThere ? result.generatorCpuNs : 0 };
  return {
    result,
    usages: {
      targetCpu: targetCpu(before, after, cpu),
      descriptors: descriptorRecords(before, after, descriptors.most, result.failures),
    },
  };
}

function followDescriptors(channel: Channel): { readonly most: ReadonlyMap<number, number>; end(): Promise<void> } {
  const most = new Map<number, number>();
  const lines = createInterface({ input: channel.stdout }).on('line', (line) => {
    const [pid = 0, open = 0] = line.split(' ').map(Number);
    most.set(pid, Math.max(most.get(pid) ?? 0, open));
  });
  // It passes on its input's errors; what was not seen is missing from the record.
  lines.on('error', () => {});
  channel.stderr.resume();
  // A machine that is not reached any more ends it by itself.
  channel.stdin.on('error', () => {});
  return {
    most,
    async end() {
      channel.stdin.end();
      await channel.exited;
    },
  };
}
