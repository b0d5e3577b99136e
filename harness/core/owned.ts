/**
 * A callback whose failure reaches somebody. An event (a stream's data, a line, a timer) has no caller to throw to, and
 * what it throws would end the process with machines left behind. Here it aborts `owner`, with what was thrown as the
 * reason: whoever works on its behalf waits on that signal too, stops, and throws the reason. After the first failure the
 * callback is not called any more.
 */
export function ownedBy<A extends readonly unknown[]>(
  owner: AbortController,
  callback: (...args: A) => void,
): (...args: A) => void {
  return (...args) => {
    if (owner.signal.aborted) return;
    try {
      callback(...args);
    } catch (error) {
      owner.abort(error);
    }
  };
}

/** Waits for a promise no longer than the signal allows; what it comes to later is nobody's concern. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
