import { type Pin, pins } from '../platforms/pins.ts';
import type { Component } from '../runs/schema.ts';
import type { Machine } from './machines.ts';

/** Our pins, with the version that is really installed where it came as a package of the distribution. */
export async function installedComponents(machine: Machine, loads: boolean): Promise<Component[]> {
  const all: readonly Pin[] = Object.values(pins);
  // Programs of ours come with their list; what was found on a machine came as its distribution's packages, if at all.
  const script = 'cat /opt/givre/VERSIONS 2>/dev/null || dpkg-query --show';
  const query = await machine.host.exec(['sh', '-c', script]);
  const installed = new Map(query.stdout.split('\n').map((line) => parsePackage(line)));
  return all
    .filter((pin) => pin !== pins.faasd && (pin !== pins.k6 || loads))
    .map((pin) => ({
      name: pin.name,
      version: pin.obtained.by === 'debian' ? (installed.get(pin.obtained.package) ?? 'unknown') : pin.version,
      commit: pin.commit ?? null,
      licence: pin.licence,
      source: pin.source,
      digest: pin.obtained.by === 'go-module' ? pin.obtained.sum : null,
    }));
}

/** `name[:architecture]<TAB>version`, as `dpkg-query --show` prints it. */
function parsePackage(line: string): [string, string] {
  const [name = '', version = ''] = line.split('\t');
  return [name.split(':')[0] ?? '', version];
}
