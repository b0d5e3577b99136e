import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import type { HostFacts } from '../core/host.ts';
import type { Environment } from '../runs/schema.ts';

/** What a reader needs to know of the machines; no names, addresses or keys, because run folders get shared. */
export async function describeEnvironment(facts: HostFacts, docker: string): Promise<Environment> {
  return {
    cpuModel: facts.cpuModel,
    cores: facts.cores,
    memoryBytes: facts.memoryBytes,
    kernel: facts.kernel,
    os: facts.os,
    harnessOs: await harnessOs(),
    cgroup: facts.cgroup,
    node: process.version,
    docker,
    load1: loadavg()[0] ?? 0,
  };
}

async function harnessOs(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'unknown';
}
