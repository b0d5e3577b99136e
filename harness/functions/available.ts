import { buildFunction, type FunctionBuildOptions, imageName } from './build.ts';
import { extrasOf } from './deployment.ts';
import type { StackFunction } from './stack.ts';
import { missingWatchdog } from './watchdog.ts';

/** A function's image in the local engine, or why there can be none here through no fault of the function's. */
export type Availability = { readonly id: string } | { readonly unavailable: string };

/**
 * Builds functions one after the other. Once a watchdog turned out to be unavailable, no further function of the same
 * recipe waits for its registry.
 */
export function availability(options: FunctionBuildOptions): (fn: StackFunction) => Promise<Availability> {
  const missing = new Map<string, string>();
  return async (fn) => {
    const { watchdog } = extrasOf(fn);
    const recipe = JSON.stringify([watchdog, fn.handlerDir ?? fn.image]);
    const known = missing.get(recipe);
    if (known !== undefined) return { unavailable: known };
    try {
      return { id: (await buildFunction(fn, options)).id };
    } catch (error) {
      options.signal?.throwIfAborted();
      const unavailable = missingWatchdog(watchdog, imageName(fn), error);
      if (unavailable === undefined) throw error;
      missing.set(recipe, unavailable);
      return { unavailable };
    }
  };
}
