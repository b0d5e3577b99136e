import type { Path } from '../../../harness/runs/schema.ts';
import { formatBytes } from '../../format.ts';
import type { CapacityCell } from '../../summary/capacity.ts';

/** Where functions were asked, and with how much. */
export interface Place {
  readonly platform: string;
  readonly path: Path;
  readonly payloadBytes: number;
}

export function placeOf({ platform, path, payloadBytes }: Place): Place {
  return { platform, path, payloadBytes };
}

export function placesOf(cells: readonly CapacityCell[]): readonly (readonly CapacityCell[])[] {
  return [...Map.groupBy(cells, (it) => JSON.stringify(placeOf(it))).values()];
}

export function placeText({ platform, path, payloadBytes }: Place): string {
  return `${platform}: ${path}${payloadBytes === 0 ? '' : `, ${formatBytes(payloadBytes)}`}`;
}
