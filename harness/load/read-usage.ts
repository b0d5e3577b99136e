import { z } from 'zod';
import { GivreError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import type { Usage, UsagePart, UsageProcess } from './usage.ts';

/**
 * Everything that counts processor time on a machine, by one shell: what all have taken (its cgroup's root: of a container
 * that is the container), the cgroup of function `$1`, and each process with its program, its first word and its descriptors.
 */
const SCRIPT = `cd /sys/fs/cgroup || exit 1
v1=; for it in cpu,cpuacct cpuacct; do [ -f $it/cpuacct.usage ] && v1=$it; done
usage() { if [ -n "$v1" ]; then cat "$v1$1/cpuacct.usage"; else grep usage_usec ".$1/cpu.stat"; fi 2>/dev/null; }
members=$(grep -lE "/openfaas-fn/$1$" /proc/[0-9]*/cgroup 2>/dev/null)
path=
for it in $members; do path=$(grep -m 1 -E "(^0:|cpuacct[^:]*):.*/openfaas-fn/$1$" $it 2>/dev/null | cut -d: -f3-); break; done
echo "whole $(usage '')"
[ -n "$path" ] && echo "function $(usage "$path")"
for it in $members; do it=\${it#/proc/}; echo "member \${it%/cgroup}"; done
find /proc/[0-9]*/exe -maxdepth 0 -printf 'exe %h %l\\n' 2>/dev/null
for d in /proc/[0-9]*; do
  words=(); mapfile -d '' -t -n 2 words 2>/dev/null <$d/cmdline
  read -r stat 2>/dev/null <$d/stat || continue
  echo "word \${d#/proc/} \${words[1]//[!a-z-]/}"
  echo "stat $stat"
  case "\${stat#* }" in '(gateway)'*|'(faasd)'*|'(givre-provider)'*|'(givre-core)'*)
    files=($d/fd/*); limit=
    while read -r a b c soft _; do [ "$a $b $c" = 'Max open files' ] && limit=$soft; done 2>/dev/null <$d/limits
    echo "files \${d#/proc/} \${#files[@]} $limit" ;;
  esac
done`;

/**
 * @param id the function's name
 * @throws GivreError `E_HOST_COMMAND`
 */
export async function readUsage(exec: Host['exec'], id: string, signal: AbortSignal): Promise<Usage> {
  const { stdout, stderr, exitCode } = await exec(['bash', '-c', SCRIPT, 'bash', id], { signal, timeoutMs: 20_000 });
  if (exitCode === 0) return parseUsage(stdout);
  throw new GivreError({
    code: 'E_HOST_COMMAND',
    message: 'cannot read who takes processor time on the machine under test',
    hint: stderr.trim(),
  });
}

const whole = z.coerce.number().int().nonnegative();

/** Linux counts processes' time in these for programs, whatever the kernel's own clock (USER_HZ). */
const TICK_NS = 10_000_000;

/** @throws ZodError for a reading of another form */
export function parseUsage(text: string): Usage {
  const lines = Map.groupBy(
    text.split('\n').map((line) => line.split(' ')),
    ([kind]) => kind,
  );
  const of = (kind: string): readonly (readonly string[])[] => lines.get(kind) ?? [];
  const members = new Set(of('member').map(([, pid]) => Number(pid)));
  const programs = new Map(of('exe').map(([, folder = '', path = '']) => [pidOf(folder), nameOf(path)]));
  const words = new Map(of('word').map(([, pid, word = '']) => [Number(pid), word]));
  const files = new Map(of('files').map(([, pid, open, limit]) => [Number(pid), filesOf(open, limit)]));
  const stats = of('stat').map((line) => statOf(line.slice(1).join(' ')));
  return {
    wholeCpuNs: cgroupNs(of('whole')[0]),
    functionCpuNs: cgroupNs(of('function')[0]),
    processes: stats.map(({ name, ...it }) => {
      const known = { program: programs.get(it.pid) ?? name, word: words.get(it.pid) ?? '' };
      const part = members.has(it.pid) ? 'function' : partOf(known);
      return { ...it, part, files: files.get(it.pid) ?? null };
    }),
  };
}

/** v1 has nanoseconds, v2 `usage_usec 123`; nothing where the controller is not there. */
function cgroupNs(line: readonly string[] | undefined): number | null {
  const [, first = '', second = ''] = line ?? [];
  if (first === 'usage_usec') return whole.parse(second) * 1_000;
  return first === '' ? null : whole.parse(first);
}

function pidOf(folder: string): number {
  return Number(folder.split('/').at(-1));
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? '';
}

function filesOf(open = '', limit = ''): UsageProcess['files'] {
  return { open: whole.parse(open), limit: /^\d+$/.test(limit) ? Number(limit) : null };
}

/** `/proc/PID/stat`: the name stands in parentheses and may itself hold spaces and parentheses. */
function statOf(text: string) {
  const end = text.lastIndexOf(') ');
  const fields = text.slice(end + 2).split(' ');
  const at = (index: number): number => whole.parse(fields[index]);
  return {
    pid: whole.parse(text.slice(0, text.indexOf(' '))),
    name: text.slice(text.indexOf('(') + 1, end),
    parent: at(1),
    started: at(19),
    cpuNs: (at(11) + at(12)) * TICK_NS,
    childrenCpuNs: (at(13) + at(14)) * TICK_NS,
  };
}

const OURS = ['givre-agent', 'givre-floor', 'givre-truth', 'k6'];

function partOf({ program, word }: { program: string; word: string }): UsagePart {
  // Log collectors are the same programs as what they belong to.
  if (word === 'collect' || word === 'collect-logs') return 'rest';
  if (program === 'gateway') return 'gateway';
  if (program === 'givre-provider' || (program === 'faasd' && word === 'provider')) return 'provider';
  if (program === 'givre-core' || (program === 'faasd' && word === 'up')) return 'proxy';
  return OURS.includes(program) ? 'harness' : 'rest';
}
