/** Waits for all before it throws: nothing may still be acquiring machines while the scope is closed. */
export async function allSettled<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/**
 * Runs tasks side by side. The first failure ends the others through the signal that each is given, and is thrown when
 * all have ended.
 *
 * @throws the first failure; the signal's reason when aborted.
 */
export async function sideBySide<T extends readonly unknown[]>(
  signal: AbortSignal,
  tasks: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const running = tasks.map((task) =>
    task(either).catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(running);
  signal.throwIfAborted();
  // The first to fail, not the first of the list: the others then fail with its reason.
  stop.signal.throwIfAborted();
  return (await Promise.all(running)) as unknown as T;
}
