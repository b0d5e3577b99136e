import { z } from 'zod';
import { GivreError, usageError } from '../../core/errors.ts';
import type { Start } from '../starting.ts';

/** Deviations that the control is told to show. */
export interface Deviations {
  /** `NAME` or `NAME=20ms`; checked against what the machine's provider knows. */
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

/** As `givre-provider --list-defects` prints it; `unit` is empty for a defect that takes no value. */
const defectListSchema = z.array(z.object({ name: z.string(), does: z.string(), unit: z.string() }));
const GO_DURATION = /^\d+(\.\d+)?(ms|s|us|µs)$/;

/** @throws GivreError `E_UNKNOWN_DEFECT`, `E_DEFECT_VALUE` (usage), which list the known ones. */
export async function checkDefects({ host, signal }: Start, program: string, wanted: readonly string[]): Promise<void> {
  if (wanted.length === 0) return;
  const listed = await host.exec([program, '--list-defects'], { signal, timeoutMs: 20_000 });
  if (listed.exitCode !== 0) {
    throw new GivreError({
      code: 'E_CONTROL_PROVIDER',
      message: `the control's provider on ${host.name} cannot say which defects it has`,
      hint: listed.stderr.trim(),
    });
  }
  const known = defectListSchema.parse(JSON.parse(listed.stdout));
  const table = known.map(({ name, does, unit }) => `${name}${unit === '' ? '' : `[=${unit}]`}: ${does}`).join('\n');
  for (const text of wanted) {
    const [name, ...value] = text.split('=');
    const defect = known.find((one) => one.name === name);
    if (defect === undefined) throw usageError('E_UNKNOWN_DEFECT', `the control has no defect named ${name}`, table);
    if (value.length === 0 || (defect.unit === 'duration' && GO_DURATION.test(value.join('=')))) continue;
    const takes = defect.unit === '' ? 'takes no value' : `takes a ${defect.unit} such as 20ms`;
    throw usageError('E_DEFECT_VALUE', `the defect ${name} ${takes}, but "${text}" was asked for`, table);
  }
}
