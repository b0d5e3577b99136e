import { GivreError } from '../core/errors.ts';
import type { Host, HostFacts } from '../core/host.ts';

/** A shell program that prints `name=value` lines about the machine it runs on; needs no rights. */
export const FACTS_SCRIPT = `. /etc/os-release; echo "os=$PRETTY_NAME"
echo "kernel=$(uname -r)"; echo "architecture=$(uname -m)"
echo "cpuModel=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"; echo "cores=$(nproc)"
echo "memoryKb=$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo)"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo cgroup=v2; elif [ -d /sys/fs/cgroup/unified ]; then echo cgroup=hybrid; else echo cgroup=v1; fi
virtualisation=$(systemd-detect-virt 2>/dev/null)
if [ -z "$virtualisation" ] && [ -e /.dockerenv ]; then virtualisation=docker; fi
echo "virtualisation=$virtualisation"`;

/** @throws GivreError `E_HOST_COMMAND` */
export async function readFacts(host: Pick<Host, 'exec' | 'name'>): Promise<HostFacts> {
  const { stdout, stderr, exitCode } = await host.exec(['sh', '-c', FACTS_SCRIPT]);
  // Its last line alone decides on the exit code.
  if (stdout.includes('cores=')) return parseFacts(stdout);
  const message = `reading machine facts failed on ${host.name} (exit code ${exitCode})`;
  throw new GivreError({ code: 'E_HOST_COMMAND', message, hint: stderr.trim() });
}

export function parseFacts(text: string): HostFacts {
  const facts = new Map(text.split('\n').map((line): [string, string] => splitOnce(line)));
  return {
    os: facts.get('os') ?? 'unknown',
    kernel: facts.get('kernel') ?? 'unknown',
    architecture: facts.get('architecture') ?? 'unknown',
    cpuModel: facts.get('cpuModel') || 'unknown',
    cores: Number(facts.get('cores') ?? 0),
    memoryBytes: Number(facts.get('memoryKb') ?? 0) * 1024,
    cgroup: facts.get('cgroup') ?? 'unknown',
    virtualisation: facts.get('virtualisation') || 'unknown',
  };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
