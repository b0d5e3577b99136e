/** Waits for all before it throws: nothing may still be acquiring machines while the scope is closed. */
export async function allSettled<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
