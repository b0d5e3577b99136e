import { GivreError } from '../../core/errors.ts';
import { partsOf } from '../../core/lists.ts';
import type { Progress } from '../../core/platform.ts';
import { availability } from '../../functions/available.ts';
import { baseDigestOf } from '../../functions/base.ts';
import type { Dependency } from '../../functions/dependencies/dependency.ts';
import { dependenciesOf } from '../../functions/dependencies/index.ts';
import type { StackFunction } from '../../functions/stack.ts';
import { watchdogSource } from '../../functions/watchdog.ts';
import type { ImageCatalog } from '../../images/catalog.ts';
import type { Plan } from '../../planning/plan.ts';
import type { UnavailableFunction } from '../../runs/schema.ts';

/** A function whose image is in the local engine. */
export interface BuiltFunction {
  readonly fn: StackFunction;
  /** `sha256:…` of the image in the local engine. */
  readonly imageId: string;
  readonly watchdog: string | null;
  readonly baseDigest: string | null;
  readonly dependencies: readonly Dependency[] | null;
}

interface BuildWork {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** The functions of a plan, built as far as they can be had here. */
export interface BuiltFunctions {
  readonly built: readonly BuiltFunction[];
  readonly unavailable: readonly UnavailableFunction[];
}

/**
 * Builds all functions; one whose watchdog cannot be had here is named and left out.
 *
 * @throws GivreError `E_FUNCTION_UNAVAILABLE` when the user has asked for it by its own name, or no other is left.
 */
export async function buildFunctions(plan: Plan, catalog: ImageCatalog, work: BuildWork): Promise<BuiltFunctions> {
  const available = availability({ builder: catalog.builder, watchdogs: plan.watchdogs, ...work });
  const built: BuiltFunction[] = [];
  const unavailable: UnavailableFunction[] = [];
  for (const fn of plan.functions) {
    const outcome = await available(fn);
    if ('id' in outcome) {
      built.push({
        fn,
        imageId: outcome.id,
        watchdog: await watchdogSource(fn, plan.watchdogs),
        baseDigest: await baseDigestOf(fn, work.signal),
        dependencies: await dependenciesOf(fn),
      });
    } else {
      work.progress(`not measured: ${fn.name}: unavailable, ${outcome.unavailable}`);
      unavailable.push({ function: fn.name, reason: outcome.unavailable });
    }
  }
  const { functions: named } = plan.options;
  const byName = named === undefined ? [] : partsOf(named, '--functions');
  const missed = unavailable.find((it) => built.length === 0 || byName.includes(it.function));
  if (missed === undefined) return { built, unavailable };
  throw new GivreError({
    code: 'E_FUNCTION_UNAVAILABLE',
    message: `${missed.function} ${missed.reason}`,
    hint: 'name a binary of yours with --watchdog of=PATH,classic=PATH, or leave these functions out',
  });
}

export const FLOOR_REPOSITORY = 'givre/floor';

export function repositoryOf(name: string): string {
  return `givre/${name.toLowerCase()}`;
}
