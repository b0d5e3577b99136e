import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { usageError } from '../../core/errors.ts';
import { suggestion } from '../../core/near-miss.ts';

/** Deviations that the control is told to show. */
export interface Deviations {
  /** `NAME` or `NAME=20ms`, of those in the table. */
  readonly defects: readonly string[];
  /** All the deviations that we know of another platform. */
  readonly like: 'faasd' | undefined;
}

/** Those that can be shown only where core services run in containers. */
const OF_CONTAINERS = ['core-in-containers', 'front-proxy-dies'];

/** Do core services run in containers on the bridge, as faasd has them? Known before there is a machine. */
export function coreInContainers({ defects, like }: Deviations): boolean {
  return like === 'faasd' || defects.some((name) => OF_CONTAINERS.includes(name));
}

/** The words by which a program of the control is told. */
export function deviationArguments({ defects, like }: Deviations): readonly string[] {
  return [...defects.flatMap((name) => ['--defect', name]), ...(like === undefined ? [] : ['--like', like])];
}

const defectSchema = z.object({
  name: z.string(),
  /** What the control does wrong, in one sentence. */
  does: z.string(),
  /** Of its value: a duration, or empty for a defect that takes none. */
  unit: z.enum(['', 'duration']),
  default: z.string().optional(),
  likeFaasd: z.boolean(),
});
type Defect = z.infer<typeof defectSchema>;

/** The one table, which the control's provider holds, too. */
const TABLE = resolve(import.meta.dirname, 'provider/internal/defects/table.json');

/** What the control can be told to show, in the order of its documentation. */
export function knownDefects(): readonly Defect[] {
  return z.array(defectSchema).parse(JSON.parse(readFileSync(TABLE, 'utf8')));
}

const GO_DURATION = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m)$/;
const UNIT_MS: Readonly<Record<string, number>> = { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3 };
const LONGEST_MS = 60_000;

/**
 * Refuses what the control would refuse, before there is a machine.
 *
 * @throws GivreError (usage) `E_UNKNOWN_DEFECT` with near misses, `E_DEFECT_VALUE`.
 */
export function checkDefects(wanted: readonly string[]): void {
  const known = wanted.length === 0 ? [] : knownDefects();
  const names = known.map((it) => it.name);
  for (const text of wanted) {
    const [name = '', ...value] = text.split('=');
    const defect = known.find((one) => one.name === name);
    if (defect === undefined) {
      const message = `the control has no defect named "${name}"`;
      throw usageError('E_UNKNOWN_DEFECT', message, `${suggestion(name, names)}\nall of them: npm run bench -- --help`);
    }
    if (value.length > 0) checkValue(defect, value.join('='));
  }
}

function checkValue({ name, unit, default: usual = '20ms' }: Defect, value: string): void {
  if (unit === '') {
    throw usageError(
      'E_DEFECT_VALUE',
      `the defect ${name} takes no value, "${value}" was given`,
      `write ${name} alone`,
    );
  }
  const [, amount = '', of = ''] = GO_DURATION.exec(value) ?? [];
  const ms = Number(amount) * (UNIT_MS[of] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return;
  throw usageError(
    'E_DEFECT_VALUE',
    `the defect ${name} takes a duration above 0 and up to 1m, "${value}" was given`,
    `such as ${name}=${usual}`,
  );
}
