import { usageError } from '../core/errors.ts';
import type { Level, PlatformRecord } from '../runs/schema.ts';

/**
 * Before any machine is made: levels of which no platform can do any would leave a table without a row.
 *
 * @throws GivreError (usage) `E_LEVEL`
 */
export function refuseImpossible(levels: readonly Level[], platforms: readonly PlatformRecord[]): void {
  const isPossible = ({ unsupported }: PlatformRecord, level: Level) => !unsupported.some((it) => it.level === level);
  if (levels.length === 0 || levels.some((level) => platforms.some((it) => isPossible(it, level)))) return;
  const why = platforms.flatMap(({ label, unsupported }) =>
    unsupported.filter((it) => levels.includes(it.level)).map((it) => `${label} ${it.level}: ${it.reason}`),
  );
  throw usageError(
    'E_LEVEL',
    `no platform can do ${levels.join(', ')}: ${why.join('; ')}`,
    'name another with --levels',
  );
}
