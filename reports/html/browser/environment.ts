import type { Manifest } from '../../../harness/runs/schema.ts';
import { formatBytes, formatRate } from '../../format.ts';
import { element, table } from './dom.ts';

export function machineTable(manifest: Manifest): HTMLElement {
  return table(
    'Machines',
    ['Platform', 'Kind', 'Flavor', 'Image', 'Hypervisor', 'MTU'],
    manifest.machines.map((it) => [
      it.platform,
      it.virtualisation,
      it.flavor ?? '–',
      it.image === null ? '–' : `${it.image.name}${it.golden ? ', with the platform on it' : ''}`,
      it.hypervisor === null ? '–' : element('code', { title: it.hypervisor }, it.hypervisor.slice(0, 12)),
      it.mtu === null ? '–' : String(it.mtu),
    ]),
  );
}

export function environmentTable(manifest: Manifest): HTMLElement {
  const { environment } = manifest;
  const rows = [
    ['Processor', `${environment.cpuModel}, ${environment.cores} cores`],
    ['Memory', formatBytes(environment.memoryBytes)],
    ['Kernel', environment.kernel],
    ['Machine under test', environment.os],
    ['givre runs on', environment.harnessOs],
    ['cgroup', environment.cgroup],
    ['Node', environment.node],
    ['Docker', environment.docker ?? 'none'],
    ['Load (1 min) at the start', environment.load1.toFixed(2)],
    ['Run', manifest.runId],
    ['Began', manifest.startedAt],
    ['Ended', manifest.finishedAt ?? 'not recorded'],
    ['Command', manifest.command.join(' ')],
    ...(manifest.levels.length > 0 ? coldStartRows(manifest) : []),
    ...(manifest.load === null ? [] : loadRows(manifest.load)),
    ['Blocks', String(manifest.blocks)],
  ];
  return table('Environment', ['What', 'Value'], rows);
}

function coldStartRows({ samplesPerCell, machineSamplesPerCell }: Manifest): [string, string][] {
  return [
    ['Samples planned per cell', String(samplesPerCell)],
    ['Machines per cell at L4', machineSamplesPerCell === null ? 'none' : String(machineSamplesPerCell)],
  ];
}

function loadRows(load: NonNullable<Manifest['load']>): [string, string][] {
  return [
    ['Load: profile', load.profile],
    ['Load: rates', load.ratesPerSecond.map((it) => `${formatRate(it)}/s`).join(', ') || 'the scenario’s own'],
    ['Load: each measurement', `${load.durationMs / 1000} s`],
    ['Load: payloads', load.payloadBytes.map(payloadText).join(', ') || 'none'],
    ['Load: paths', load.paths.join(', ')],
    ['Load: limit', load.slo ?? 'the scenario’s own'],
  ];
}

function payloadText(payload: number | 'own'): string {
  return payload === 'own' ? 'each function’s own' : formatBytes(payload);
}
