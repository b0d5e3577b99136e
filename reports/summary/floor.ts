import { type FloorSample, type Level, type Manifest, type PhaseName, phaseNames } from '../../harness/runs/schema.ts';
import { median } from '../../harness/statistics/quantile.ts';
import { byDeployment } from './deployments.ts';
import { type Estimate, estimate } from './estimate.ts';

/** The machine's floor for one platform's machine and level. */
export interface FloorCell {
  readonly platform: string;
  readonly level: Level;
  readonly n: number;
  /** Of them have a time. */
  readonly ok: number;
  readonly median: Estimate;
  readonly p90: Estimate;
  /** Null where none has one. */
  readonly maxNs: number | null;
  /** Why there is no time, each reason once. */
  readonly reasons: readonly string[];
  readonly phases: readonly { name: PhaseName; medianNs: number }[];
}

export function summariseFloor(manifest: Manifest, floors: readonly FloorSample[]): FloorCell[] {
  return manifest.platforms.flatMap((platform) =>
    manifest.levels.flatMap((level) => {
      const samples = floors.filter((floor) => floor.platform === platform.label && floor.level === level);
      const times = samples.flatMap((floor) => floor.totalNs ?? []);
      // A floor that was tried and has no time keeps its row: it is missing, and that has a reason.
      if (samples.length === 0) return [];
      const deployments = [...byDeployment(samples).values()].map((own) => own.flatMap((floor) => floor.totalNs ?? []));
      const phases = phaseNames.flatMap((name) => {
        const durations = samples.flatMap((floor) => floor.phases.filter((phase) => phase.name === name));
        const medianNs = median(durations.map((phase) => phase.durationNs));
        return medianNs === null ? [] : [{ name, medianNs }];
      });
      const maxNs = times.length === 0 ? null : times.reduce((a, b) => Math.max(a, b));
      return [
        {
          platform: platform.label,
          level,
          n: samples.length,
          ok: times.length,
          median: estimate(deployments, 0.5),
          p90: estimate(deployments, 0.9),
          maxNs,
          reasons: [...new Set(samples.flatMap((floor) => floor.reason ?? []))],
          phases,
        },
      ];
    }),
  );
}
